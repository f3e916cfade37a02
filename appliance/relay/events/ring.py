"""The newest of what happened: numbered, and encoded once for all who read it."""

import json
import secrets
from collections.abc import Mapping
from typing import Final

_PIECE: Final = 64 << 10
"""Bytes that are handed out at once, or one event if that is larger."""


class Ring:
    """Events as frames of `text/event-stream`. The oldest go when there are too many.

    A place in it is the number of the last event that somebody has; None is a place that is not
    known here. An id names a place, also to the relay that is started next: as not known.
    """

    def __init__(self, most: int = 10_000, size: int = 4 << 20) -> None:
        """`most`: events that are kept, as long as they are no more than `size` bytes together."""
        self._most, self._size = most, size
        self._start = secrets.token_hex(4)
        self._frames: dict[int, bytes] = {}
        self._bytes = 0
        self._newest = 0

    def put(self, event: Mapping[str, object]) -> None:
        """`event` has a name under `event`; its other fields can be written as JSON."""
        self._newest += 1
        frame = self._frame(self._newest, event)
        self._frames[self._newest] = frame
        self._bytes += len(frame)
        while len(self._frames) > self._most or (
            len(self._frames) > 1 and self._bytes > self._size
        ):
            self._bytes -= len(self._frames.pop(self._before + 1))

    def place(self, last: str | None, tail: int = 0) -> int | None:
        """Where to go on for who has the event of that id last; None: who wants the newest few."""
        if last is None:
            return max(self._before, self._newest - tail)
        start, _, number = last.partition("-")
        if start != self._start or not (number.isascii() and number.isdigit()):
            return None
        place = int(number[:20])
        return place if place <= self._newest else None

    def mark(self, place: int) -> bytes:
        """A frame that is no event and tells the place, for who has not got any yet."""
        return f"id: {self._start}-{place}\n\n".encode()

    def after(self, place: int | None) -> tuple[int, bytes]:
        """Frames that come next, and the place behind them; none if there are no more.

        What is not there any more is told by an event of its own: `lost`.
        """
        if place is None or place < self._before:
            missed = None if place is None else self._before - place
            lost = {"event": "lost", "missed": missed}
            return self._before, self._frame(self._before, lost)
        piece = bytearray()
        while place < self._newest and len(piece) < _PIECE:
            place += 1
            piece += self._frames[place]
        return place, bytes(piece)

    @property
    def _before(self) -> int:
        """The place from which on everything is there."""
        return self._newest - len(self._frames)

    def _frame(self, number: int, event: Mapping[str, object]) -> bytes:
        # ASCII alone, so that no reader takes a letter in it for the end of a line.
        told, data = event["event"], json.dumps(event)
        return f"id: {self._start}-{number}\nevent: {told}\ndata: {data}\n\n".encode()
