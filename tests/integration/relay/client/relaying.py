"""A relay for the client under test: the least server, once for each connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from appliance.relay.client.keeping import Reports, keep
from appliance.relay.client.offer import Offer
from appliance.relay.client.relay import Relay
from tests.integration.relay.app import App
from tests.integration.relay.connection import Connection
from tests.running.until import until

TOKEN = "sharetoken"


class Relaying:
    """`connections` grows with every connection; `lines` and `urls` are what a person sees."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.app = App()
        self.urls: list[str] = []
        self.lines: list[str] = []

    def accept(self) -> Connection:
        self.connections.append(Connection())
        return self.connections[-1]

    async def until_online(self, times: int = 1) -> Connection:
        """The connection once its share is registered, after so many connections."""
        await until(lambda: len(self.connections) >= times and self.connections[-1].name)
        return self.connections[-1]


class Sharing(NamedTuple):
    web: asyncio.Server
    """The app, to be closed."""
    keeping: asyncio.Task[None]
    """The client."""


def port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


@asynccontextmanager
async def relaying(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Relaying, int]]:
    """The relay and its port."""
    relay = Relaying()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(relay.accept, "127.0.0.1", 0, ssl=context) as server:
        yield relay, port_of(server)
    for connection in relay.connections:
        await connection.gone.wait()
    await until(lambda: not relay.app.visitors)


@asynccontextmanager
async def shared(relay: Relaying, port: int, offer: Offer) -> AsyncIterator[Sharing]:
    """The client keeps a share of the app until the end."""
    async with relay.app.listening() as web:
        reports = Reports(relay.urls.append, relay.lines.append)
        where = Relay("127.0.0.1", port, tls=False)
        keeping = asyncio.create_task(keep(where, offer, "127.0.0.1", port_of(web), reports))
        try:
            yield Sharing(web, keeping)
        finally:
            # Or a test that failed would wait here for ever for what the app is still to read.
            relay.app.reads.set()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
