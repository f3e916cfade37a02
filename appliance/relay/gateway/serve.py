"""The listener for visitors."""

import asyncio

from appliance.apps.server.counting import Counting
from appliance.relay.gateway.answers import Answers
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.directory import Directory
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.gateway.streams import Resting
from appliance.relay.gateway.visitor import Visitor

_STEP = 5.0
"""Seconds between two looks at idle connections."""


class Gateway:
    """A listening gateway."""

    def __init__(self, server: asyncio.Server, context: Context) -> None:
        self._server = server
        self._context = context
        self._timer = context.loop.call_later(_STEP, self._step)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more visitors and cut off those who are here."""
        self._timer.cancel()
        self._server.close()
        for connection in list(self._context.connections):
            connection.cut()
        self._context.resting.close()
        await self._server.wait_closed()

    def _step(self) -> None:
        for connection in list(self._context.connections):
            connection.passed(_STEP)
        self._timer = self._context.loop.call_later(_STEP, self._step)


async def listen(  # noqa: PLR0913, PLR0917 - the collaborators
    host: str,
    port: int,
    directory: Directory,
    stats: GatewayStats,
    settings: GatewaySettings,
    counting: Counting | None = None,
) -> Gateway:
    """Serve visitors until `close`. Only the proxy should reach the port."""
    loop = asyncio.get_running_loop()
    context = Context(
        directory=directory,
        settings=settings,
        stats=stats,
        answers=Answers(),
        resting=Resting(settings.stream_rest, loop),
        counting=counting or Counting(),
        loop=loop,
    )
    server = await loop.create_server(lambda: Visitor(context), host, port, backlog=1024)
    return Gateway(server, context)
