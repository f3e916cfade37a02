"""The way to an app without a tunnel: a TCP connection for each stream."""

import asyncio
from typing import cast

from appliance.relay.upstream import AppAway, Away, Receiver


class DirectStream(asyncio.Protocol):
    """A connection to a local app, as a work stream."""

    def __init__(self) -> None:
        self.receiver: Receiver | None = None
        self.fresh = True
        self.ended = False
        self._blocked = False

    @property
    def queued(self) -> int:
        return self._transport.get_write_buffer_size()

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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Drained means empty.
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


class DirectUpstream:
    """Connects to a local port whenever a stream is needed."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, port
        self.opened = 0
        self.ended: str | None = None

    def take(self) -> None:
        return None

    async def stream(self) -> DirectStream:
        loop = asyncio.get_running_loop()
        try:
            _, stream = await loop.create_connection(DirectStream, self.host, self.port)
        except OSError:
            raise AppAway(Away.REFUSED) from None
        self.opened += 1
        return stream

    def end(self, reason: str) -> None:
        self.ended = reason
