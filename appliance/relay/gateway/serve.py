"""The listener for visitors."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from socket import socket
from typing import Final

from appliance.apps.server.counting import Counting
from appliance.relay.gateway.answers import Answers
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.directory import Directory
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.gateway.streams import Resting
from appliance.relay.gateway.visitor import Visitor

_STEP: Final = 5.0
"""Seconds between two looks at idle connections."""
_LOOK: Final = 0.05
"""Seconds between two looks at requests that are to end."""
_BACKLOG: Final = 1024


class Gateway:
    """Serves visitors until `close`. Only the proxy should reach where it listens."""

    def __init__(
        self,
        directory: Directory,
        stats: GatewayStats,
        settings: GatewaySettings,
        counting: Counting | None = None,
    ) -> None:
        """`counting` of visits; without it, none are counted."""
        loop = asyncio.get_running_loop()
        self._context = Context(
            directory=directory,
            settings=settings,
            stats=stats,
            answers=Answers(),
            resting=Resting(settings.stream_rest, loop),
            counting=counting or Counting(),
            loop=loop,
        )
        self._servers: list[asyncio.Server] = []
        self._timer = loop.call_later(_STEP, self._step)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._servers[0].sockets[0].getsockname()[1])

    async def open(self, host: str, port: int) -> None:
        """Listen. Raises `OSError`."""
        loop = self._context.loop
        self._servers.append(await loop.create_server(self._made, host, port, backlog=_BACKLOG))

    async def take(self, listening: Iterable[socket]) -> None:
        """Serve sockets that listen already."""
        loop = self._context.loop
        for one in listening:
            self._servers.append(await loop.create_server(self._made, sock=one, backlog=_BACKLOG))

    async def open_path(self, path: Path) -> None:
        """Listen on a Unix socket, for processes of our own. Raises `OSError`."""
        loop = self._context.loop
        server = await loop.create_unix_server(self._made, str(path), backlog=_BACKLOG)
        self._servers.append(server)

    async def drain(self, seconds: float) -> None:
        """Take no more visitors, and let the requests of those who are here end, at most so long.

        What ends with the visitor alone, as a WebSocket does, is not waited for.
        """
        context = self._context
        context.draining = True
        for server in self._servers:
            server.close()
        end = context.loop.time() + seconds
        while self._waits() and context.loop.time() < end:  # noqa: ASYNC110 - no event on hot paths
            await asyncio.sleep(_LOOK)

    async def close(self) -> None:
        """Take no more visitors and cut off those who are here."""
        self._timer.cancel()
        for server in self._servers:
            server.close()
        for connection in list(self._context.connections):
            connection.cut()
        self._context.resting.close()
        for server in self._servers:
            await server.wait_closed()

    def _waits(self) -> bool:
        return any(connection.waits for connection in self._context.connections)

    def _made(self) -> Visitor:
        return Visitor(self._context)

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
    """A gateway that listens. Raises `OSError`."""
    gateway = Gateway(directory, stats, settings, counting)
    try:
        await gateway.open(host, port)
    except OSError:
        await gateway.close()
        raise
    return gateway
