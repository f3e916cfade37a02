"""What the peer's frames do to a session."""

from appliance.relay.wire.yamux import events, frame
from appliance.relay.wire.yamux.events import Code, Data, Ended, Event
from appliance.relay.wire.yamux.keepalive import Keepalive
from appliance.relay.wire.yamux.limits import Allowance, Limits
from appliance.relay.wire.yamux.sending import Outgoing
from appliance.relay.wire.yamux.stream import Stream
from appliance.relay.wire.yamux.table import Table


class Receiving:
    """Takes frames from a `Reader`, answers those that have to be answered, collects events."""

    __slots__ = (
        "_closes",
        "_keepalive",
        "_limits",
        "_live",
        "_opens",
        "_out",
        "_pings",
        "_reading",
        "_table",
        "_takes",
        "ended",
        "events",
        "now",
        "refused",
    )

    def __init__(
        self, table: Table, out: Outgoing, keepalive: Keepalive, limits: Limits, *, takes: bool
    ) -> None:
        """`takes`: whether it is the peer who opens streams."""
        self.now = keepalive.heard
        self.events: list[Event] = []
        self.ended = False
        self.refused = False
        """Whether the peer lets no more streams be opened."""
        self._table, self._out, self._keepalive, self._limits = table, out, keepalive, limits
        self._live = table.streams
        self._takes = takes
        self._opens = Allowance(limits.opens_per_second, limits.opens_burst, self.now)
        self._pings = Allowance(limits.pings_per_second, limits.pings_burst, self.now)
        self._reading = 0
        self._closes = False

    def take_events(self) -> list[Event]:
        """All since the last call."""
        happened, self.events = self.events, []
        return happened

    def end_stream(self, number: int) -> None:
        """End it now, drop what is queued, and tell the peer."""
        if self._forget(number):
            self._out.add(frame.window_update(number, 0, frame.FIN))

    def emptied(self, state: Stream) -> None:
        """All that was queued of it has left."""
        if state.closing:
            self.end_stream(state.number)
        else:
            self.events.append(events.Drained(state.number))

    def stop(self) -> None:
        """The session is over."""
        self.ended = True
        self._table.clear()
        self._out.clear()

    # From the reader.

    def on_header(self, version: int, kind: int, flags: int, stream: int, length: int) -> int:
        if version != frame.VERSION:
            self._fail(f"yamux version {version}")
        elif kind in (frame.DATA, frame.WINDOW_UPDATE):
            return self._on_stream_frame(kind, flags, stream, length)
        elif kind == frame.PING:
            self._on_ping(flags, length)
        elif kind == frame.GO_AWAY:
            self._on_go_away(length)
        else:
            self._fail(f"yamux frame of type {kind}")
        return 0

    def on_payload(self, piece: memoryview, remaining: int) -> None:
        state = self._live.get(self._reading)
        if state is None:
            return
        if not state.closing:
            self.events.append(Data(self._reading, piece))
        if self._closes and not remaining:
            self._on_fin(self._reading)

    # What frames mean.

    def _on_stream_frame(self, kind: int, flags: int, stream: int, length: int) -> int:
        state = self._live.get(stream)
        if flags & frame.SYN:
            state = self._on_open(stream, state)
        if flags & frame.ACK and state is not None:
            self._table.acknowledge(state)
        if flags & frame.RST:
            self._on_reset(stream)
            state = None
        if kind == frame.DATA:
            return self._on_data(stream, state, length, closes=bool(flags & frame.FIN))
        if state is not None:
            self._on_window(state, length)
        if flags & frame.FIN:
            self._on_fin(stream)
        return 0

    def _on_data(self, stream: int, state: Stream | None, length: int, *, closes: bool) -> int:
        if state is not None and not state.window.receive(
            length, self.now, self._keepalive.round_trip
        ):
            self._fail(f"stream {stream}: {length} bytes, {state.window.credit} allowed")
            return 0
        self._reading = stream
        self._closes = closes
        if closes and not length:
            self._on_fin(stream)
        return length

    def _on_open(self, stream: int, state: Stream | None) -> Stream | None:
        if not self._takes or stream % 2 == 0:
            self._fail(f"stream {stream} opened by the wrong side")
        elif state is not None:
            self._fail(f"stream {stream} opened twice")
        elif not self._opens.take(self.now):
            self._fail("too many streams opened in a short time")
        elif len(self._live) >= self._limits.streams:
            self._out.add(frame.window_update(stream, 0, frame.RST))
        else:
            self._out.add(frame.window_update(stream, 0, frame.ACK))
            self.events.append(events.Opened(stream))
            self._table.add(stream, acknowledged=True)
        return self._live.get(stream)

    def _on_window(self, state: Stream, increment: int) -> None:
        state.credit += increment
        if state.credit > frame.MAX_WINDOW:
            self._fail(f"stream {state.number}: window of {state.credit} bytes")
        elif state.queued and self._out.flush(state):
            self.emptied(state)

    def _on_fin(self, stream: int) -> None:
        state = self._live.get(stream)
        if state is not None:
            self.end_stream(stream)
            if not state.closing:
                self.events.append(events.Closed(stream))

    def _on_reset(self, stream: int) -> None:
        state = self._forget(stream)
        if state is not None and not state.closing:
            self.events.append(events.Reset(stream))

    def _on_ping(self, flags: int, value: int) -> None:
        if flags & frame.SYN:
            if self._pings.take(self.now):
                self._out.add(frame.pong(value))
            else:
                self._fail("too many pings in a short time")
        else:
            self._keepalive.answered(value, self.now)

    def _on_go_away(self, code: int) -> None:
        if code == Code.NORMAL:
            self.refused = True
            self.events.append(events.GoingAway())
        else:
            self.events.append(Ended(code, f"the peer ended the session with code {code}"))
            self.stop()

    def _forget(self, stream: int) -> Stream | None:
        self._out.forget(stream)
        return self._table.remove(stream)

    def _fail(self, reason: str) -> None:
        self._out.add(frame.go_away(Code.PROTOCOL_ERROR))
        self.events.append(Ended(Code.PROTOCOL_ERROR, reason))
        self.stop()
