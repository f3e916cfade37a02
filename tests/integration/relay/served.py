"""A relay, a registry and an app on loopback, for one test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.relay.tunnel.certificates import Certificates
from appliance.relay.tunnel.listener import Listener
from appliance.relay.tunnel.settings import Settings
from appliance.relay.upstream import Upstream
from tests.integration.relay.app import App
from tests.integration.relay.registrar import Registry
from tests.integration.relay.visitor import Visitor
from tests.running.frpc import gradios_frpc, printed_url

TOKEN = "sharetoken"
URL = "http://44e85834ed3d6c9d4b.share.test"


@dataclass
class Served:
    listener: Listener
    registry: Registry
    app: App
    port: int
    """Of the relay."""
    app_port: int

    @asynccontextmanager
    async def share(self, token: str = TOKEN) -> AsyncIterator[asyncio.subprocess.Process]:
        """Gradio's client, once it has printed its URL."""
        async with gradios_frpc(self.port, self.app_port, token) as client:
            await printed_url(client)
            yield client

    def upstream(self, token: str = TOKEN) -> Upstream:
        return self.registry.upstream(token)

    async def visitor(self, token: str = TOKEN) -> Visitor:
        return await Visitor.of(self.upstream(token))


@asynccontextmanager
async def served(
    *tokens: str, settings: Settings | None = None, certificates: Certificates | None = None
) -> AsyncIterator[Served]:
    registry, app = Registry(*tokens), App()
    listener = Listener(registry, settings=settings, certificates=certificates)
    async with app.listening() as web:
        port = await listener.open("127.0.0.1", 0)
        listening: socket.socket = web.sockets[0]
        try:
            yield Served(listener, registry, app, port, int(listening.getsockname()[1]))
        finally:
            await listener.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens on this event loop."""
    while not condition():  # noqa: ASYNC110 - what happened is only seen in counters
        await asyncio.sleep(0.01)
