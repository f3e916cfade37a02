"""A way between client and relay that can be cut so that only the client notices, or is slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Cable:
    def __init__(self, relay_port: int) -> None:
        self.relay_port = relay_port
        self.port = 0
        self._clients: list[asyncio.StreamWriter] = []
        self._relays: list[asyncio.StreamWriter] = []
        self._swallowed: set[asyncio.StreamWriter] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay_reader, relay_writer = await asyncio.open_connection("127.0.0.1", self.relay_port)
        self._clients.append(writer)
        self._relays.append(relay_writer)
        await asyncio.gather(self._pump(reader, relay_writer), self._pump(relay_reader, writer))

    def cut(self) -> None:
        """Drop what the clients see of their connections; the relay's ends stay open."""
        for writer in self._clients:
            writer.transport.abort()
        self._clients.clear()

    def swallow(self) -> None:
        """Take all that both ends send over their connections of now, and pass nothing on."""
        self._swallowed.update(self._clients, self._relays)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if writer not in self._swallowed:
                    writer.write(data)
                    await writer.drain()

    def close(self) -> None:
        for writer in self._clients + self._relays:
            writer.transport.abort()


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


@asynccontextmanager
async def slow_line(relay_port: int, rate: float, delay: float) -> AsyncIterator[int]:
    """The port of a long line that carries `rate` bytes a second to the relay.

    `delay` is that of each direction, in seconds.
    """
    loop = asyncio.get_running_loop()
    ends: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay_reader, relay_writer = await asyncio.open_connection("127.0.0.1", relay_port)
        ends.extend((writer, relay_writer))
        await asyncio.gather(carry(reader, relay_writer, rate), carry(relay_reader, writer))

    async def carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float | None = None
    ) -> None:
        free = loop.time()
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                loop.call_later(delay, writer.write, data)
                if rate is not None:
                    free = max(free, loop.time() - 1.0) + len(data) / rate
                    await asyncio.sleep(free - loop.time())
        loop.call_later(delay, writer.close)

    # Read no sooner than it is carried: what is on its way waits with the client.
    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=4096)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for writer in ends:
            writer.transport.abort()
        server.close()
        await server.wait_closed()
