"""What a yamux session tells its caller."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Code(IntEnum):
    """Reason of a go-away frame."""

    NORMAL = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2


@dataclass(frozen=True, slots=True)
class Opened:
    """The peer opened a stream. It is acknowledged already."""

    stream: int


class Data(NamedTuple):
    """A piece of payload, possibly less than a frame.

    `data` is a view into what `receive_data` was given. Tell `Session.consumed` once it was passed
    on: until then it counts against the stream's receive window.
    """

    stream: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Drained:
    """All that was given to `send` has left: the stream takes more."""

    stream: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The peer closed the stream and our FIN has answered; the id is forgotten."""

    stream: int


@dataclass(frozen=True, slots=True)
class Reset:
    """The peer dropped the stream; the id is forgotten."""

    stream: int


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The peer opens no more streams and takes no more; those that live go on."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over, always the last event: write what is left, then close the connection."""

    code: int
    reason: str


Event = Opened | Data | Drained | Closed | Reset | GoingAway | Ended
