"""Bytes, split anywhere, to headers and pieces of payload."""

from typing import Protocol

from appliance.relay.wire.yamux import frame


class Frames(Protocol):
    """Who takes what was read."""

    ended: bool
    """Whether nothing more is to be read."""

    def on_header(self, version: int, kind: int, flags: int, stream: int, length: int) -> int:
        """Take a header; how many bytes of payload follow it."""

    def on_payload(self, piece: memoryview, remaining: int) -> None:
        """Take some payload of the last header; `remaining` bytes of it are still to come."""


class Reader:
    """What is left of the frame that has begun."""

    __slots__ = ("_frames", "_partial", "_remaining")

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._partial = bytearray()
        self._remaining = 0

    def feed(self, view: memoryview) -> None:
        frames, partial, remaining = self._frames, self._partial, self._remaining
        position, end = 0, len(view)
        while position < end and not frames.ended:
            if remaining:
                stop = min(position + remaining, end)
                remaining -= stop - position
                frames.on_payload(view[position:stop], remaining)
                position = stop
            elif partial or end - position < frame.HEADER_SIZE:
                stop = min(position + frame.HEADER_SIZE - len(partial), end)
                partial += view[position:stop]
                position = stop
                if len(partial) == frame.HEADER_SIZE:
                    header = frame.HEADER.unpack(partial)
                    partial.clear()
                    remaining = frames.on_header(*header)
            else:
                header = frame.HEADER.unpack_from(view, position)
                position += frame.HEADER_SIZE
                remaining = frames.on_header(*header)
        self._remaining = remaining
