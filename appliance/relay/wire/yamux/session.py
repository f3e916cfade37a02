"""One yamux session: frames in, events out, frames to send collected."""

from enum import Enum

from appliance.relay.wire.errors import SessionError
from appliance.relay.wire.yamux import events, frame
from appliance.relay.wire.yamux.events import Code, Data, Ended, Event
from appliance.relay.wire.yamux.keepalive import Keepalive
from appliance.relay.wire.yamux.limits import UNACKNOWLEDGED, Allowance, Limits
from appliance.relay.wire.yamux.stream import Stream
from appliance.relay.wire.yamux.window import Budget, Reached, ReceiveWindow


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
        "_budget",
        "_closes",
        "_events",
        "_held",
        "_next_stream",
        "_now",
        "_opens",
        "_out",
        "_partial",
        "_pings",
        "_reached",
        "_reading",
        "_refused",
        "_remaining",
        "_role",
        "_streams",
        "_unacknowledged",
        "_waiting",
        "ended",
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
        self.limits = limits or Limits()
        self.ended = False
        self._role = role
        self._now = now
        self._budget = budget or Budget(4 * self.limits.max_window)
        self._reached = Reached()
        self._streams: dict[int, Stream] = {}
        self._events: list[Event] = []
        self._out: list[bytes | memoryview] = []
        self._held = False
        self._waiting: dict[int, Stream] = {}
        self._partial = bytearray()
        self._remaining = 0
        self._reading = 0
        self._closes = False
        self._next_stream = 1
        self._unacknowledged = 0
        self._refused = False
        self._opens = Allowance(self.limits.opens_per_second, self.limits.opens_burst, now)
        self._pings = Allowance(self.limits.pings_per_second, self.limits.pings_burst, now)
        self.keepalive = Keepalive(self.limits, now)

    @property
    def streams(self) -> int:
        """Live streams."""
        return len(self._streams)

    @property
    def held(self) -> bool:
        """Whether `send` only queues."""
        return self._held

    @property
    def can_open(self) -> bool:
        """Whether `open` would work now."""
        willing = self._role is Role.CLIENT and not self.ended and not self._refused
        return willing and self._unacknowledged < UNACKNOWLEDGED

    def receive_data(self, data: bytes | bytearray | memoryview, now: float) -> list[Event]:
        """Take bytes, split anywhere; `data` must not change while its views are in use."""
        self._now = self.keepalive.heard = now
        view = memoryview(data)
        position, end = 0, len(view)
        partial = self._partial
        while position < end and not self.ended:
            if self._remaining:
                stop = min(position + self._remaining, end)
                self._on_payload(view[position:stop])
                position = stop
            elif partial or end - position < frame.HEADER_SIZE:
                stop = min(position + frame.HEADER_SIZE - len(partial), end)
                partial += view[position:stop]
                position = stop
                if len(partial) == frame.HEADER_SIZE:
                    header = frame.HEADER.unpack(partial)
                    partial.clear()
                    self._on_header(*header)
            else:
                header = frame.HEADER.unpack_from(view, position)
                position += frame.HEADER_SIZE
                self._on_header(*header)
        happened, self._events = self._events, []
        return happened

    def data_to_send(self) -> bytes:
        """All frames collected since the last call, for one write."""
        out, self._out = self._out, []
        return b"".join(out)

    def open(self) -> int:
        """Open a stream (client role) and give its id. SessionError if `can_open` is false."""
        if not self.can_open:
            raise SessionError("the session takes no more streams now")
        number = self._next_stream
        self._next_stream += 2
        self._unacknowledged += 1
        self._add(number, acknowledged=False)
        self._out.append(frame.window_update(number, 0, frame.SYN))
        return number

    def widen(self, stream: int) -> None:
        """Say that much may come on a new stream: the peer may send as far ahead as it lately did.

        Not at its opening, since many streams are opened long before they are used.
        """
        state = self._streams.get(stream)
        if state is not None and (increment := state.window.widen(self.keepalive.round_trip)):
            self._out.append(frame.window_update(stream, increment))

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
        if self._held:
            state.queue(data)
            self._waiting[stream] = state
        else:
            state.send(data, self._out)
        return state.queued

    def hold(self) -> None:
        """Queue whatever `send` gets from now on, because the connection is full.

        Frames without payload go on, since the peer waits for them.
        """
        self._held = True

    def release(self, amount: int) -> list[Event]:
        """Send about `amount` bytes of what waits; the hold ends once none waits any more."""
        waiting = self._waiting
        while waiting and amount > 0:
            state = waiting.pop(next(iter(waiting)))
            before = state.queued
            self._flush(state)
            amount -= before - state.queued
        self._held = bool(waiting)
        happened, self._events = self._events, []
        return happened

    def consumed(self, stream: int, amount: int) -> None:
        """Say that `amount` received bytes were passed on: the peer may send as many again."""
        state = self._streams.get(stream)
        if state is None:
            return
        increment = state.window.consumed(amount, self._now, self.keepalive.round_trip)
        if increment:
            self._out.append(frame.window_update(stream, increment))

    def close(self, stream: int) -> None:
        """End the stream once all that is queued has left; nothing more is received from it."""
        state = self._streams.get(stream)
        if state is not None and state.queued:
            state.closing = True
        else:
            self.abort(stream)

    def abort(self, stream: int) -> None:
        """End the stream now and drop what is queued."""
        if self._forget(stream):
            self._out.append(frame.window_update(stream, 0, frame.FIN))

    def end(self, code: Code = Code.NORMAL) -> None:
        """End the session, either to leave or because the connection is gone."""
        if not self.ended:
            self._out.append(frame.go_away(code))
            self._stop()

    def next_timeout(self) -> float:
        """When `tick` should be called at the latest."""
        return self.keepalive.next_timeout()

    def tick(self, now: float) -> list[Event]:
        """Act on the time: ping, or give a silent peer up."""
        self._now = now
        if self.ended:
            return []
        if self.keepalive.lost(now):
            self._stop()
            return [Ended(Code.NORMAL, "the peer answered no ping and sent nothing")]
        if ping := self.keepalive.ping(now):
            self._out.append(ping)
        return []

    def _on_header(self, version: int, kind: int, flags: int, stream: int, length: int) -> None:
        if version != frame.VERSION:
            self._fail(f"yamux version {version}")
        elif kind in (frame.DATA, frame.WINDOW_UPDATE):
            self._on_stream_frame(kind, flags, stream, length)
        elif kind == frame.PING:
            self._on_ping(flags, length)
        elif kind == frame.GO_AWAY:
            self._on_go_away(length)
        else:
            self._fail(f"yamux frame of type {kind}")

    def _on_stream_frame(self, kind: int, flags: int, stream: int, length: int) -> None:
        state = self._streams.get(stream)
        if flags & frame.SYN:
            state = self._on_open(stream, state)
        if flags & frame.ACK and state is not None:
            self._on_acknowledged(state)
        if flags & frame.RST:
            self._on_reset(stream)
            state = None
        if kind == frame.DATA:
            self._on_data(stream, state, length, closes=bool(flags & frame.FIN))
            return
        if state is not None:
            self._on_window(state, length)
        if flags & frame.FIN:
            self._on_fin(stream)

    def _on_data(self, stream: int, state: Stream | None, length: int, *, closes: bool) -> None:
        if state is not None and not state.window.receive(
            length, self._now, self.keepalive.round_trip
        ):
            self._fail(f"stream {stream}: {length} bytes, {state.window.credit} allowed")
            return
        self._remaining = length
        self._reading = stream
        self._closes = closes
        if closes and not length:
            self._on_fin(stream)

    def _on_payload(self, piece: memoryview) -> None:
        self._remaining -= len(piece)
        state = self._streams.get(self._reading)
        if state is None:
            return
        if not state.closing:
            self._events.append(Data(self._reading, piece))
        if self._closes and not self._remaining:
            self._on_fin(self._reading)

    def _on_open(self, stream: int, state: Stream | None) -> Stream | None:
        if self._role is Role.CLIENT or stream % 2 == 0:
            self._fail(f"stream {stream} opened by the wrong side")
        elif state is not None:
            self._fail(f"stream {stream} opened twice")
        elif not self._opens.take(self._now):
            self._fail("too many streams opened in a short time")
        elif len(self._streams) >= self.limits.streams:
            self._out.append(frame.window_update(stream, 0, frame.RST))
        else:
            self._out.append(frame.window_update(stream, 0, frame.ACK))
            self._events.append(events.Opened(stream))
            return self._add(stream, acknowledged=True)
        return None

    def _on_acknowledged(self, state: Stream) -> None:
        if not state.acknowledged:
            state.acknowledged = True
            self._unacknowledged -= 1

    def _on_window(self, state: Stream, increment: int) -> None:
        state.credit += increment
        if state.credit > frame.MAX_WINDOW:
            self._fail(f"stream {state.number}: window of {state.credit} bytes")
        elif state.queued:
            if self._held:
                self._waiting[state.number] = state
            else:
                self._flush(state)

    def _flush(self, state: Stream) -> None:
        state.flush(self._out)
        if state.queued:
            return
        if state.closing:
            self.abort(state.number)
        else:
            self._events.append(events.Drained(state.number))

    def _on_fin(self, stream: int) -> None:
        state = self._streams.get(stream)
        if state is not None:
            self.abort(stream)
            if not state.closing:
                self._events.append(events.Closed(stream))

    def _on_reset(self, stream: int) -> None:
        state = self._forget(stream)
        if state is not None and not state.closing:
            self._events.append(events.Reset(stream))

    def _on_ping(self, flags: int, value: int) -> None:
        if flags & frame.SYN:
            if self._pings.take(self._now):
                self._out.append(frame.pong(value))
            else:
                self._fail("too many pings in a short time")
        else:
            self.keepalive.answered(value, self._now)

    def _on_go_away(self, code: int) -> None:
        if code == Code.NORMAL:
            self._refused = True
            self._events.append(events.GoingAway())
        else:
            self._events.append(Ended(code, f"the peer ended the session with code {code}"))
            self._stop()

    def _add(self, number: int, *, acknowledged: bool) -> Stream:
        window = ReceiveWindow(self._budget, self.limits.max_window, self._reached)
        self._streams[number] = Stream(number, window, acknowledged=acknowledged)
        return self._streams[number]

    def _forget(self, stream: int) -> Stream | None:
        state = self._streams.pop(stream, None)
        if state is not None:
            self._waiting.pop(stream, None)
            state.window.release()
            self._on_acknowledged(state)
        return state

    def _fail(self, reason: str) -> None:
        self._out.append(frame.go_away(Code.PROTOCOL_ERROR))
        self._events.append(Ended(Code.PROTOCOL_ERROR, reason))
        self._stop()

    def _stop(self) -> None:
        self.ended = True
        for state in self._streams.values():
            state.window.release()
        self._streams.clear()
        self._waiting.clear()
