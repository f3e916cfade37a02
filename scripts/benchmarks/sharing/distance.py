"""A long way in between: holds all bytes back for half a round trip in each direction.

`distance.py PORT TARGET MILLISECONDS` listens on PORT and leads to TARGET, both of loopback.
"""

import asyncio
import sys
from collections import deque
from typing import cast

import uvloop

ON_THE_WAY = 64 << 20
"""Bytes one direction holds: more than any window, so that only time is added."""


class End(asyncio.Protocol):
    """One side; what it receives leaves at the other side `delay` seconds later."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None
        self.way: deque[tuple[float, bytes]] = deque()
        self.held = 0
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.held += len(data)
        if self.held > ON_THE_WAY and self.transport is not None:
            self.transport.pause_reading()
        self._send_off(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._send_off(b"")

    def _send_off(self, data: bytes) -> None:
        if not self.way:
            self.loop.call_later(self.delay, self._arrive)
        self.way.append((self.loop.time() + self.delay, data))

    def _arrive(self) -> None:
        assert self.other is not None
        now = self.loop.time()
        target = self.other.transport
        while self.way and self.way[0][0] <= now:
            _, data = self.way.popleft()
            self.held -= len(data)
            if target is None:
                continue
            if data:
                target.write(data)
            else:
                target.close()
        if (
            self.held <= ON_THE_WAY
            and self.transport is not None
            and not self.transport.is_closing()
        ):
            self.transport.resume_reading()
        if self.way:
            self.loop.call_at(self.way[0][0], self._arrive)


async def main(port: int, target: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    delay = milliseconds / 2000

    def accept() -> End:
        near, far = End(delay), End(delay)
        near.other, far.other = far, near
        tasks.add(loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", target)))
        return near

    tasks: set[asyncio.Task[object]] = set()
    server = await loop.create_server(accept, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
