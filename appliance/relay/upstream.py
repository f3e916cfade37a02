"""The way from a visitor to a shared app: what a tunnel provides and the gateway uses.

Everything here happens on one event loop, in plain calls: bytes of visitors pass through a relay
too often for a task or a future each.
"""

from enum import StrEnum
from typing import Protocol


class Receiver(Protocol):
    """Whoever uses a work stream. Its methods are called by the stream."""

    def stream_data(self, data: bytes) -> None:
        """The app sent these bytes."""

    def stream_drained(self) -> None:
        """All that was written has left; called only after `queued` was above 0."""

    def stream_ended(self) -> None:
        """App or client closed the stream, or the client is gone. The last call."""


class WorkStream(Protocol):
    """One connection to the app, through its client. It ends in both directions at once."""

    receiver: Receiver | None
    """Who gets what arrives. Without one the stream is idle, and bytes that arrive end it."""

    @property
    def fresh(self) -> bool:
        """Whether nothing has ever been received on it.

        A fresh stream may end at once for no fault of the app (clients have such a race): ask again
        on another one, if the request can be repeated.
        """

    @property
    def ended(self) -> bool:
        """Whether it is of no more use."""

    @property
    def queued(self) -> int:
        """Bytes written that the client has not taken yet; above 0, wait for `stream_drained`."""

    def write(self, data: bytes) -> None:
        """Send to the app. Does nothing on an ended stream."""

    def pause(self) -> None:
        """Hand nothing to the receiver until `resume`; the client stops when its window is full."""

    def resume(self) -> None:
        """Undo `pause`; may call the receiver before it returns."""

    def close(self) -> None:
        """End it. The app notices at once; the receiver is not called any more."""


class Away(StrEnum):
    """Why an app cannot be reached; also a label of metrics."""

    DISCONNECTED = "disconnected"
    """Its client has no connection to the relay."""
    REFUSED = "refused"
    """Its client is there and the app does not take connections."""
    SLOW = "slow"
    """The client gave no stream in time."""


class AppAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """No work stream can be had."""

    def __init__(self, why: Away) -> None:
        super().__init__(why.value)
        self.why = why


class Upstream(Protocol):
    """A connected client, as the way to one app."""

    def take(self) -> WorkStream | None:
        """A started stream at once, None if none waits; the common case costs no task."""

    async def stream(self) -> WorkStream:
        """A started stream. Raises `AppAway` after at most 10 s."""

    def end(self, reason: str) -> None:
        """Send the client away for good, if it can be told; else only drop its share.

        `reason` is a word for logs and a label of metrics, e.g. `expired`.
        """

    def replaced(self) -> None:
        """Drop it: the same client has come back on another connection."""
