"""One frp stream, whatever carries it: a yamux stream, or a connection of its own."""

from typing import Protocol


class Endpoint(Protocol):
    """Who gets what arrives on a lane."""

    def received(self, data: bytes | memoryview) -> None:
        """Bytes from the client; a view is only valid during the call."""

    def drained(self) -> None:
        """What `Lane.send` queued has left."""

    def lost(self) -> None:
        """The client ended the lane or is gone. The last call."""


class Lane(Protocol):
    endpoint: Endpoint
    multiplexed: bool
    """Whether it is one of many on its connection."""

    def send(self, data: bytes) -> int:
        """Send, and give the bytes that are queued; wait for `drained` while it is not 0."""

    def widen(self) -> None:
        """A visitor is about to use it: let the client send as far ahead as it lately could."""

    def consumed(self, amount: int) -> None:
        """`amount` received bytes were passed on: the client may send as many again."""

    def pause(self) -> None:
        """Nothing will be consumed until `resume`."""

    def resume(self) -> None: ...

    def abort(self) -> None:
        """End it now. The endpoint is not called any more."""

    def hang_up(self) -> None:
        """End the client's connection that this lane is part of."""


class Deaf:
    """An endpoint for a lane whose client was told why it is not served and shall leave."""

    __slots__ = ()

    def received(self, data: bytes | memoryview) -> None: ...

    def drained(self) -> None: ...

    def lost(self) -> None: ...


DEAF = Deaf()
