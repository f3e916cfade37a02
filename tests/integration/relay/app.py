"""A web app behind a tunnel: greets, sends, receives, and notices who left."""

import asyncio
import hashlib

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


def reply(text: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text.encode())
