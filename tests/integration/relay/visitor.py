"""Visitors of a share, without the gateway: bytes in and out of work streams."""

import asyncio

from appliance.relay.upstream import Upstream, WorkStream


class Visitor:
    """The receiver of one work stream."""

    def __init__(self, stream: WorkStream) -> None:
        self.stream = stream
        self.got = bytearray()
        self.arrived = asyncio.Event()
        self.drained = asyncio.Event()
        self.ended = asyncio.Event()
        self.total = 0
        stream.receiver = self

    @classmethod
    async def of(cls, upstream: Upstream) -> "Visitor":
        return cls(upstream.take() or await upstream.stream())

    def stream_data(self, data: bytes) -> None:
        self.got += data
        self.total += len(data)
        self.arrived.set()

    def stream_drained(self) -> None:
        self.drained.set()

    def stream_ended(self) -> None:
        self.ended.set()
        self.arrived.set()

    def ask(self, path: str) -> None:
        """Ask for something, after which `arrived` is about its answer."""
        self.arrived.clear()
        self.stream.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    async def get(self, path: str) -> bytes:
        self.ask(path)
        return await self.response()

    async def post(self, path: str, size: int, *pieces: bytes) -> bytes:
        self.stream.write(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        for piece in pieces:
            self.stream.write(piece)
            if self.stream.queued:
                await self.more_room()
        return await self.response()

    async def read(self, size: int) -> bytes:
        """The app's next `size` bytes."""
        while len(self.got) < size:
            await self.more()
        data = bytes(self.got[:size])
        del self.got[:size]
        return data

    async def response(self) -> bytes:
        """The body of the app's next response."""
        while b"\r\n\r\n" not in self.got:
            await self.more()
        head = await self.read(self.got.index(b"\r\n\r\n") + 4)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        return await self.read(int(head.split(b"Content-Length: ")[1]))

    async def more_room(self) -> None:
        self.drained.clear()
        await self.drained.wait()

    async def more(self) -> None:
        assert not self.ended.is_set(), "the stream ended"
        self.arrived.clear()
        await self.arrived.wait()
