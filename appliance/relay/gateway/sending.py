"""What of a request is kept until the app has begun to answer, and when it is sent again."""

from typing import Final

KEPT: Final = 64 << 10
"""Bytes of a body that are kept, and that may wait for a stream."""


class Sending:
    """One request on its way.

    A stream that has served before may have met the end of the app's patience, and a new one may
    die by a fault of Gradio's client, so a second new one is worth trying; when that ends as well,
    the app is down. What must not happen twice is repeated only if nothing of it has left: a stream
    that took a POST and died in silence may have brought it to the app, and lost nothing but the
    answer.
    """

    __slots__ = ("_attempts", "_kept", "_left", "_repeatable", "_size")

    def __init__(self, data: bytes, size: int, *, idempotent: bool) -> None:
        """`data`: the head and what came with it, `size` bytes of body."""
        self._kept: list[bytes] | None = [data]
        self._size = size
        self._repeatable = idempotent
        self._attempts = 0
        self._left = False

    @property
    def large(self) -> bool:
        """Whether more came than may wait."""
        return self._size > KEPT

    def add(self, body: bytes, *, waiting: bool) -> None:
        """More came; `waiting`: for a stream, so that nothing may be lost."""
        self._size += len(body)
        if self._kept is None:
            return
        if waiting or not self.large:
            self._kept.append(body)
        else:
            self._kept = None

    def begin(self, *, used: bool) -> None:
        """A stream was found; `used`: it has served before."""
        self._attempts += not used

    def all(self) -> bytes:
        """All so far; it leaves now."""
        self._left = True
        kept = self._kept
        assert kept is not None
        if self.large:
            self._kept = None
        return kept[0] if len(kept) == 1 else b"".join(kept)

    def arrived(self) -> None:
        """The app answers."""
        self._kept = None

    def again(self) -> bool:
        """Whether to send it again, now that its stream has died in silence."""
        if self._kept is None or self._attempts > 1:
            return False
        return self._repeatable or not self._left
