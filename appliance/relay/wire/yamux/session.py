"""One yamux session: frames in, events out, frames to send collected."""

from enum import Enum

from appliance.relay.wire.errors import SessionError
from appliance.relay.wire.yamux import frame
from appliance.relay.wire.yamux.events import Code, Ended, Event
from appliance.relay.wire.yamux.keepalive import Keepalive
from appliance.relay.wire.yamux.limits import UNACKNOWLEDGED, Limits
from appliance.relay.wire.yamux.reading import Reader
from appliance.relay.wire.yamux.receiving import Receiving
from appliance.relay.wire.yamux.sending import Outgoing
from appliance.relay.wire.yamux.table import Table
from appliance.relay.wire.yamux.window import Budget


class Role(Enum):
    """Which side of the session we are; frp opens streams from the client only."""

    SERVER = "server"
    CLIENT = "client"


class Session:
    """The state of one connection. Times are seconds of any monotonic clock, always the caller's.

    A stream ends in both directions at once, as both frp peers treat it: there is no half close. A
    FIN from the peer is answered and the stream forgotten; after `close` or `abort` it is forgotten
    too and its later frames skipped. Calls about a forgotten stream do nothing, because its end may
    wait unread in the same batch of events.
    """

    __slots__ = (
        "_in",
        "_next_stream",
        "_out",
        "_reader",
        "_role",
        "_streams",
        "_table",
        "keepalive",
        "limits",
    )

    def __init__(
        self,
        role: Role,
        now: float,
        *,
        limits: Limits | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.limits = limits = limits or Limits()
        self.keepalive = Keepalive(limits, now)
        self._role = role
        self._table = Table(budget or Budget(4 * limits.max_window), limits.max_window)
        self._streams = self._table.streams
        self._out = Outgoing()
        self._in = Receiving(
            self._table, self._out, self.keepalive, limits, takes=role is Role.SERVER
        )
        self._reader = Reader(self._in)
        self._next_stream = 1

    @property
    def ended(self) -> bool:
        """Whether nothing more is received or sent."""
        return self._in.ended

    @property
    def streams(self) -> int:
        """Live streams."""
        return len(self._streams)

    @property
    def held(self) -> bool:
        """Whether `send` only queues."""
        return self._out.held

    @property
    def can_open(self) -> bool:
        """Whether `open` would work now."""
        willing = self._role is Role.CLIENT and not self.ended and not self._in.refused
        return willing and self._table.unacknowledged < UNACKNOWLEDGED

    def receive_data(self, data: bytes | bytearray | memoryview, now: float) -> list[Event]:
        """Take bytes, split anywhere; `data` must not change while its views are in use."""
        self._in.now = self.keepalive.heard = now
        self._reader.feed(memoryview(data))
        return self._in.take_events()

    def data_to_send(self) -> bytes:
        """All frames collected since the last call, for one write."""
        return self._out.take()

    def open(self) -> int:
        """Open a stream (client role) and give its id. SessionError if `can_open` is false."""
        if not self.can_open:
            raise SessionError("the session takes no more streams now")
        number = self._next_stream
        self._next_stream += 2
        self._table.add(number, acknowledged=False)
        self._out.add(frame.window_update(number, 0, frame.SYN))
        return number

    def widen(self, stream: int) -> None:
        """Say that much may come on a new stream: the peer may send as far ahead as it lately did.

        Not at its opening, since many streams are opened long before they are used.
        """
        state = self._streams.get(stream)
        if state is not None and (increment := state.window.widen(self.keepalive.round_trip)):
            self._out.add(frame.window_update(stream, increment))

    def send(self, stream: int, data: bytes | memoryview) -> int:
        """Send as much as the peer's window allows and queue the rest; the bytes now queued.

        While it is not 0, give no more before `Drained`: the queue has no bound of its own. `data`
        is kept, not copied, until `data_to_send`.
        """
        state = self._streams.get(stream)
        if state is None or state.closing:
            return 0
        if not len(data):
            return state.queued
        state.window.asked()
        self._out.send(state, data)
        return state.queued

    def hold(self) -> None:
        """Queue whatever `send` gets from now on, because the connection is full.

        Frames without payload go on, since the peer waits for them.
        """
        self._out.held = True

    def release(self, amount: int) -> list[Event]:
        """Send about `amount` bytes of what waits; the hold ends once none waits any more."""
        for state in self._out.release(amount):
            self._in.emptied(state)
        return self._in.take_events()

    def consumed(self, stream: int, amount: int) -> None:
        """Say that `amount` received bytes were passed on: the peer may send as many again."""
        state = self._streams.get(stream)
        if state is None:
            return
        increment = state.window.consumed(amount, self._in.now, self.keepalive.round_trip)
        if increment:
            self._out.add(frame.window_update(stream, increment))

    def close(self, stream: int) -> None:
        """End the stream once all that is queued has left; nothing more is received from it."""
        state = self._streams.get(stream)
        if state is not None and state.queued:
            state.closing = True
        else:
            self.abort(stream)

    def abort(self, stream: int) -> None:
        """End the stream now and drop what is queued."""
        self._in.end_stream(stream)

    def end(self, code: Code = Code.NORMAL) -> None:
        """End the session, either to leave or because the connection is gone."""
        if not self.ended:
            self._out.add(frame.go_away(code))
            self._in.stop()

    def next_timeout(self) -> float:
        """When `tick` should be called at the latest."""
        return self.keepalive.next_timeout()

    def tick(self, now: float) -> list[Event]:
        """Act on the time: ping, or give a silent peer up."""
        self._in.now = now
        if self.ended:
            return []
        if self.keepalive.lost(now):
            self._in.stop()
            return [Ended(Code.NORMAL, "the peer answered no ping and sent nothing")]
        if ping := self.keepalive.ping(now):
            self._out.add(ping)
        return []
