"""A way between client and relay that can be cut so that only the client notices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    def __init__(self, relay_port: int) -> None:
        self.relay_port = relay_port
        self.port = 0
        self._clients: list[asyncio.StreamWriter] = []
        self._relays: list[asyncio.StreamWriter] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay_reader, relay_writer = await asyncio.open_connection("127.0.0.1", self.relay_port)
        self._clients.append(writer)
        self._relays.append(relay_writer)
        await asyncio.gather(pump(reader, relay_writer), pump(relay_reader, writer))

    def cut(self) -> None:
        """Drop what the clients see of their connections; the relay's ends stay open."""
        for writer in self._clients:
            writer.transport.abort()
        self._clients.clear()

    def close(self) -> None:
        for writer in self._clients + self._relays:
            writer.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def cable(relay_port: int) -> AsyncIterator[Cable]:
    wire = Cable(relay_port)
    server = await asyncio.start_server(wire.handle, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        wire.close()
        server.close()
        await server.wait_closed()
