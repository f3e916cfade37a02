"""A started work stream: the bytes between one visitor and the app."""

from collections.abc import Callable
from enum import Enum

from appliance.relay.tunnel.lane import DEAF, Lane
from appliance.relay.upstream import Receiver
from appliance.relay.wire.errors import WireError
from appliance.relay.wire.payload import PayloadReader, PayloadWriter


class Fate(Enum):
    """What became of a stream: at most two of these, in this order."""

    ANSWERED = "answered"
    """Its first byte came."""
    DIED = "died"
    """The client ended it before that."""
    LEFT = "left"
    """The visitor ended it before that."""
    ENDED = "ended"
    """It ended after that."""


Watch = Callable[["Stream", Fate], None]


class Stream:
    """A `WorkStream` on a lane."""

    __slots__ = (
        "_delivering",
        "_finished",
        "_lane",
        "_paused",
        "_reader",
        "_watch",
        "_writer",
        "ended",
        "fresh",
        "queued",
        "receiver",
    )

    def __init__(self, lane: Lane, *, key: bytes | None, compression: bool, watch: Watch) -> None:
        """`watch` hears what becomes of the stream."""
        self.receiver: Receiver | None = None
        self.fresh = True
        self.ended = False
        self.queued = 0
        self._lane = lane
        self._writer = PayloadWriter(key=key, compression=compression)
        self._reader = PayloadReader(key=key, compression=compression)
        self._watch = watch
        self._paused = False
        self._delivering = False
        self._finished = False
        lane.endpoint = self

    def write(self, data: bytes) -> None:
        if not self.ended:
            self.queued = self._lane.send(self._writer.encode(data))

    def pause(self) -> None:
        self._paused = True
        if not self.ended:
            self._lane.pause()

    def resume(self) -> None:
        self._paused = False
        if not self.ended:
            self._lane.resume()
        if not self._delivering:
            self._deliver()

    def close(self) -> None:
        self.receiver = None
        self._finished = True
        self._end(Fate.LEFT)

    def received(self, data: bytes | memoryview) -> None:
        if self.fresh:
            self.fresh = False
            self._watch(self, Fate.ANSWERED)
        self._reader.receive_data(data)
        if not self._paused and not self._delivering:
            self._deliver()

    def drained(self) -> None:
        self.queued = 0
        if self.receiver is not None:
            self.receiver.stream_drained()

    def lost(self) -> None:
        self._end(Fate.DIED)
        if not self._paused and not self._delivering:
            self._deliver()

    def cut(self) -> None:
        """End it from here; the receiver is told as if the client had."""
        self._end(Fate.LEFT)
        if not self._paused and not self._delivering:
            self._deliver()

    def _end(self, fate: Fate) -> None:
        if self.ended:
            return
        self.ended = True
        self.queued = 0
        self._lane.endpoint = DEAF
        if fate is not Fate.DIED:
            self._lane.abort()
        self._watch(self, fate if self.fresh else Fate.ENDED)

    def _deliver(self) -> None:
        """Hand on what came as long as the receiver takes it; then its end, if it has ended."""
        self._delivering = True
        try:
            while not (self._paused or self._finished):
                piece = self._reader.next_piece()
                if piece is None:
                    break
                if self.receiver is None:
                    self.close()
                    return
                self.receiver.stream_data(piece)
        except WireError:
            # What came before the broken chunk is delivered; nothing after it can be read.
            self._end(Fate.LEFT)
        finally:
            self._delivering = False
        if not self.ended:
            self._lane.consumed(self._reader.take_consumed())
        elif not self._paused and not self._finished:
            self._finished = True
            receiver, self.receiver = self.receiver, None
            if receiver is not None:
                receiver.stream_ended()
