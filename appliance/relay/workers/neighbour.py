"""The way to a share whose client is connected to another worker: that worker's own gateway."""

import asyncio
from pathlib import Path
from typing import cast

from appliance.relay.upstream import AppAway, Away, Receiver


class Passage(asyncio.Protocol):
    """A connection to another worker's gateway, as a work stream."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self.receiver: Receiver | None = None
        self.fresh = True
        self.ended = False

    # From the gateway here.

    @property
    def queued(self) -> int:
        return 0 if self.ended else self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        if not self.ended:
            self._transport.write(data)

    def pause(self) -> None:
        if not self.ended:
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self.ended:
            self._transport.resume_reading()

    def close(self) -> None:
        self.receiver = None
        self.ended = True
        self._transport.abort()

    # From the gateway there.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # So that it tells when all has left.
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        self.fresh = False
        if self.receiver is None:
            self.close()
        else:
            self.receiver.stream_data(data)

    def resume_writing(self) -> None:
        if self.receiver is not None:
            self.receiver.stream_drained()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.ended = True
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.stream_ended()


class Neighbour:
    """An `Upstream`: all shares of one other worker."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def take(self) -> None:
        return None

    async def stream(self) -> Passage:
        loop = asyncio.get_running_loop()
        try:
            _, passage = await loop.create_unix_connection(Passage, self._path)
        except OSError:
            # It starts anew, and so does everything that was connected to it.
            raise AppAway(Away.DISCONNECTED) from None
        return passage

    def end(self, reason: str) -> None: ...

    def replaced(self) -> None: ...
