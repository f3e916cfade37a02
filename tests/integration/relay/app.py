"""A web app behind a tunnel: greets, sends, receives, and notices who left."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

NOISE = hashlib.shake_128(b"noise").digest(1 << 20)
"""One MiB that does not compress."""


class App:
    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.visitors = 0
        self.sent = 0
        """Bytes of noise that were taken from the app."""
        self.left = asyncio.Event()
        """Set when a visitor of /endless is gone."""
        self.reads = asyncio.Event()
        """Set to let /stuck read what its visitors send."""
        self._connections: set[asyncio.Transport] = set()

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[asyncio.Server]:
        """On loopback. Whoever is there at the end is cut off, also if nothing was asked yet."""
        loop = asyncio.get_running_loop()
        try:
            async with await loop.create_server(self._accept, "127.0.0.1", port) as server:
                yield server
        finally:
            await asyncio.sleep(0)
            for connection in list(self._connections):
                connection.abort()

    def _accept(self) -> "_Connection":
        return _Connection(self, self._connections)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self.answer(head.split()[1].decode(), head, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
            self.visitors -= 1

    async def answer(
        self,
        path: str,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if path.startswith("/noise/"):
            mebibytes = int(path.removeprefix("/noise/"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (mebibytes << 20))
            for _ in range(mebibytes):
                writer.write(NOISE)
                await writer.drain()
                self.sent += len(NOISE)
        elif path == "/digest":
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            writer.write(reply(hashlib.sha256(await reader.readexactly(length)).hexdigest()))
        elif path == "/stuck":
            await self.reads.wait()
            await reader.read()
        elif path == "/endless":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await reader.read()
            self.left.set()
        else:
            writer.write(reply(f"you asked for {path}"))


class _Connection(asyncio.StreamReaderProtocol):
    def __init__(self, app: App, others: set[asyncio.Transport]) -> None:
        super().__init__(asyncio.StreamReader(), app.handle)
        self._others = others

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = cast("asyncio.Transport", transport)
        self._others.add(self._mine)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._others.discard(self._mine)
        super().connection_lost(exc)


def reply(text: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text.encode())
