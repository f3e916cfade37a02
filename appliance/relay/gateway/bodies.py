"""Where a message's body ends. Bytes in, bytes to pass on out."""

from typing import Protocol

import httptools

_OPENING = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


class BadBody(Exception):  # noqa: N818 - the sender's fault, not ours
    """The framing of a body makes no sense."""


class Body(Protocol):
    """One body, fed as it arrives."""

    done: bool
    """Whether all of it has been fed."""
    rest: bytes
    """What was fed beyond its end."""
    overrun: bool
    """Whether an unknown number of bytes was fed beyond its end, and swallowed."""

    def feed(self, data: bytes) -> bytes:
        """What to send on for `data`. Raises `BadBody`."""


class Empty:
    """There is none."""

    __slots__ = ("rest",)
    done = True
    overrun = False

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        self.rest = data
        return b""


class Sized:
    """So many bytes."""

    __slots__ = ("_left", "done", "rest")
    overrun = False

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        if len(data) < self._left:
            self._left -= len(data)
            return data
        body, self.rest = data[: self._left], data[self._left :]
        self._left, self.done = 0, True
        return body


class UntilClose:
    """All that comes."""

    __slots__ = ()
    done = False
    overrun = False
    rest = b""

    def feed(self, data: bytes) -> bytes:
        return data


class Chunked:
    """Chunks, taken apart and framed anew: one for each read.

    So no extension and no trailer passes, and the end that we see is the end the next hop sees.
    """

    __slots__ = ("_framed", "_parser", "_pieces", "done", "overrun")
    rest = b""

    def __init__(self, *, framed: bool = True) -> None:
        self._framed = framed
        self._pieces: list[bytes] = []
        self.done = self.overrun = False
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._parser.feed_data(_OPENING)

    def feed(self, data: bytes) -> bytes:
        if self._parser is None:
            self.overrun = self.overrun or bool(data)
            return b""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.overrun = True
        except httptools.HttpParserError as error:
            if not self.done:
                raise BadBody(str(error)) from None
            self.overrun = True
        pieces, self._pieces = self._pieces, []
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self.done:
            # The parser holds on to us: let both go.
            self._parser = None
        if not self._framed:
            return body
        framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return framed + b"0\r\n\r\n" if self.done else framed

    def on_message_begin(self) -> None:
        # The first one is the opening.
        self.overrun = self.done

    def on_body(self, piece: bytes) -> None:
        if not self.done:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        self.done = True
