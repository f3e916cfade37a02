"""One visitor's connection: a work stream on one side, the app on the other."""

import asyncio
from typing import Protocol, cast

from appliance.relay.wire.errors import CompressionError
from appliance.relay.wire.payload import PayloadReader, PayloadWriter


class Link(Protocol):
    """What a pipe needs of the connection to the relay."""

    def send(self, stream: int, data: bytes) -> bool:
        """Send to the relay; whether more may follow at once. Else `Pipe.resume` is called."""

    def consumed(self, stream: int, amount: int) -> None:
        """Received bytes were passed on."""

    def done(self, stream: int) -> None:
        """The app ended the connection: end the stream once all was sent."""


class Pipe(asyncio.Protocol):
    """Bytes wait in the relay, not here, while the app does not take them, and the reverse."""

    __slots__ = ("_ended", "_link", "_paused", "_reader", "_stream", "_transport", "_writer")

    def __init__(self, link: Link, stream: int, *, compression: bool) -> None:
        self._link = link
        self._stream = stream
        self._reader = PayloadReader(key=None, compression=compression)
        self._writer = PayloadWriter(key=None, compression=compression)
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._ended:
            self._transport.abort()
        else:
            self._pass_on()

    def data_received(self, data: bytes) -> None:
        if self._ended or self._transport is None:
            return
        if not self._link.send(self._stream, self._writer.encode(data)):
            self._transport.pause_reading()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self._ended:
            self._ended = True
            self._link.done(self._stream)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._pass_on()

    def receive(self, data: bytes | memoryview) -> None:
        """The visitor's bytes. Broken ones end the pipe: the other visitors must not suffer."""
        self._reader.receive_data(data)
        self._pass_on()

    def resume(self) -> None:
        """The relay takes more."""
        if self._transport is not None and not self._ended:
            self._transport.resume_reading()

    def end(self) -> None:
        """The visitor or the relay is gone; the app has to notice at once."""
        self._ended = True
        if self._transport is not None:
            if self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._transport.close()

    def _pass_on(self) -> None:
        transport = self._transport
        if transport is None or self._ended:
            return
        try:
            while not self._paused and (piece := self._reader.next_piece()):
                transport.write(piece)
        except CompressionError:
            self.end()
            self._link.done(self._stream)
            return
        if amount := self._reader.take_consumed():
            self._link.consumed(self._stream, amount)
