"""A web app that sends and takes more than anybody holds in memory, on a thread of its own."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from tests.running.process import free_port
from tests.running.traefik import until

BLOCK = 1 << 20
_NOISE = hashlib.shake_128(b"noise").digest(BLOCK - 8)


def blocks(count: int) -> Iterator[bytes]:
    """Blocks that do not compress and of which no two are equal."""
    return (number.to_bytes(8) + _NOISE for number in range(count))


class Giant:
    """`GET /<n>` sends n blocks, `POST` answers with the SHA-256 of what it gets."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = uvloop.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", self.port, limit=BLOCK)
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        method, path, _ = head.split(" ", 2)
        if method == "post":
            left, digest = int(head.split("content-length: ")[1].split()[0]), hashlib.sha256()
            while left and (data := await reader.read(BLOCK)):
                digest.update(data)
                left -= len(data)
            content = digest.hexdigest().encode()
            writer.write(_head(len(content)) + content)
        else:
            count = int(path.strip("/") or 0)
            writer.write(_head(count * BLOCK))
            for block in blocks(count) if method == "get" else ():
                writer.write(block)
                await writer.drain()
        writer.close()

    def ready(self) -> bool:
        return self._ready.is_set()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)


def _head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length


@contextmanager
def giant() -> Iterator[Giant]:
    made = Giant()
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    until(made.ready)
    try:
        yield made
    finally:
        made.stop()
        thread.join()
