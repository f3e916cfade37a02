"""The app behind the shares: answers faster than anything in front of it. `backend.py PORT`."""

import asyncio
import hashlib
import sys
from typing import cast

import uvloop

SMALL = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n\r\n" + b"x" * 64
NOISE = hashlib.shake_128(b"noise").digest(1 << 20)
"""One MiB that does not compress, as pictures and models do not."""


class Visitor(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=2 << 20)
        self.noise = 0
        self.sink = 0
        self.paused = False

    def data_received(self, data: bytes) -> None:
        if self.sink:
            self._swallow(len(data))
        elif data.startswith(b"GET / "):
            self.transport.write(SMALL * data.count(b"\r\n\r\n"))
        elif data.startswith(b"GET /noise/"):
            self.noise = int(data[11 : data.index(b" ", 11)])
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (self.noise << 20)
            self.transport.write(head)
            self._more()
        else:
            head, _, body = data.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self.sink = int(length)
            self._swallow(len(body))

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        self._more()

    def _more(self) -> None:
        while self.noise and not self.paused:
            self.noise -= 1
            self.transport.write(NOISE)

    def _swallow(self, amount: int) -> None:
        self.sink -= amount
        if not self.sink:
            self.transport.write(SMALL)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        Visitor, "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
