"""One line between the relay and a worker: notes both ways, in order."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Final, Generic, TypeVar, cast

import structlog
from pydantic import TypeAdapter

from appliance.relay.workers.notes import Note

T = TypeVar("T")
_MOST: Final = 64 << 20
"""Bytes that the other side may leave unread: it does not work any more."""
_FAREWELL: Final = 2.0
"""Seconds for the other side to read what was sent last."""

_log = structlog.get_logger(__name__)


class Channel(asyncio.Protocol, Generic[T]):
    """Each note is a call of `receive`, the end one of `lost`."""

    _transport: asyncio.Transport

    def __init__(
        self, notes: TypeAdapter[T], receive: Callable[[T], None], lost: Callable[[], None]
    ) -> None:
        self._notes = notes
        self._receive = receive
        self._lost = lost
        self._begun = b""
        self._ended = asyncio.Event()

    async def open(self, line: socket) -> None:
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=line)

    def send(self, note: Note) -> None:
        """Does nothing on a line that has ended."""
        self.send_line(line(note))

    def send_line(self, data: bytes) -> None:
        """The same for many workers."""
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > _MOST:
            self._transport.abort()
            _log.error("relay.worker_stuck")

    async def close(self) -> None:
        """End the line once the other side has read all that was sent.

        Only the sending side ends first: a write to a line closed by the one who reads it fails,
        and with it goes what lies there unread.
        """
        if not self._transport.is_closing():
            self._transport.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._ended.wait()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *whole, self._begun = (self._begun + data).split(b"\n")
        for text in whole:
            self._receive(self._notes.validate_json(text))

    def connection_lost(self, _exc: Exception | None) -> None:
        self._ended.set()
        self._lost()


def line(note: Note) -> bytes:
    return note.model_dump_json().encode() + b"\n"
