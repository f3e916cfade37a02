"""A connection that carries a yamux session: the client's control stream and its lanes."""

import asyncio

from appliance.relay.tunnel.client import Client
from appliance.relay.tunnel.connection import Connection
from appliance.relay.tunnel.greeting import Greeting
from appliance.relay.tunnel.lane import Endpoint
from appliance.relay.tunnel.logins import Logins
from appliance.relay.wire.yamux import (
    Closed,
    Code,
    Data,
    Drained,
    Ended,
    Event,
    Opened,
    Reset,
    Role,
    Session,
)


class Multiplexed:
    """Drives a session. Frames leave in one write for each round of the event loop."""

    __slots__ = (
        "_asked",
        "_connection",
        "_greetings",
        "_lanes",
        "_logins",
        "_loop",
        "_most",
        "_scheduled",
        "_timer",
        "_unsent",
        "client",
        "session",
    )

    def __init__(self, connection: Connection, logins: Logins) -> None:
        self.client: Client | None = None
        """Who logged in."""
        self._connection = connection
        self._logins = logins
        self._loop = asyncio.get_running_loop()
        self.session = Session(Role.SERVER, self._loop.time(), budget=logins.relay.windows.part())
        self._asked: float | None = None
        """Since when something may have been sent that the client owes an answer."""
        self._lanes: dict[int, _Lane] = {}
        self._greetings: dict[int, float] = {}
        """When those that have said nothing end, soonest first."""
        self._most = logins.relay.settings.write_buffer
        """Bytes of streams in one write."""
        self._unsent = 0
        self._scheduled = False
        self._timer: asyncio.Handle = self._loop.call_soon(self._tick)
        if connection.full:
            self.session.hold()

    def received(self, data: bytes) -> None:
        self._scheduled = True
        self._act(self.session.receive_data(data, self._loop.time()))
        self._flush()

    def hold(self) -> None:
        self.session.hold()

    def release(self) -> None:
        # What is released may fill the connection again, which holds the session again.
        while self.session.held and not self._connection.full:
            self._act(self.session.release(self._most))
            self._write()

    def lost(self) -> None:
        self._timer.cancel()
        self.session.end()
        self._lose_all()

    def end(self) -> None:
        """Say good-bye and close."""
        self.session.end()
        self._flush()
        self._connection.close()

    def schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def belongs(self, number: int, client: Client | None) -> None:
        self._greetings.pop(number, None)
        if client is not None:
            self.client = client
            self._connection.admitted()

    def refused(self, number: int) -> None:
        """Let the answer reach the client; the connection's time limit goes on."""
        self._greetings.pop(number, None)

    def forget(self, number: int) -> None:
        self._lanes.pop(number, None)
        self._greetings.pop(number, None)

    def send(self, number: int, data: bytes) -> int:
        if not self._scheduled:
            self.schedule()
        queued = self.session.send(number, data)
        if queued:
            self._logins.relay.stats.window_stalls += 1
        if self._asked is None:
            self._asked = self._loop.time()
            self._set_timer()
        self._unsent += len(data)
        if self._unsent > self._most:
            self.session.hold()
        return queued

    def _flush(self) -> None:
        self._scheduled = False
        self._write()
        self.release()

    def _write(self) -> None:
        self._unsent = 0
        self._connection.send(self.session.data_to_send())

    def _act(self, events: list[Event]) -> None:
        lanes = self._lanes
        for event in events:
            if isinstance(event, Data):
                if lane := lanes.get(event.stream):
                    lane.endpoint.received(event.data)
            elif isinstance(event, Drained):
                if lane := lanes.get(event.stream):
                    lane.endpoint.drained()
            elif isinstance(event, Closed | Reset):
                if lane := lanes.pop(event.stream, None):
                    self._greetings.pop(event.stream, None)
                    lane.endpoint.lost()
            elif isinstance(event, Opened):
                self._on_open(event.stream)
            elif isinstance(event, Ended):
                self._on_end(event)

    def _on_open(self, number: int) -> None:
        if len(self._greetings) >= self._logins.relay.settings.greetings:
            self.session.abort(number)
            return
        self._lanes[number] = lane = _Lane(self, number)
        lane.endpoint = Greeting(self._logins, self._connection.origin, lane)
        self._greetings[number] = self._loop.time() + self._logins.relay.settings.step
        if len(self._greetings) == 1:
            self._set_timer()

    def _on_end(self, event: Ended) -> None:
        if self.client is None:
            self._logins.relay.stats.dropped["broken session"] += 1
        else:
            reason = "silent" if event.code == Code.NORMAL else "protocol"
            self.client.close(reason, event.reason)
        self._flush()
        self._lose_all()
        self._connection.close()

    def _lose_all(self) -> None:
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            lane.endpoint.lost()

    def _tick(self) -> None:
        now = self._loop.time()
        if self._asked is not None and now >= self._asked + self.session.limits.ping_soon:
            # A visitor waits: a laptop that sleeps is not to keep them until the next ping.
            if (heard := self.session.keepalive.heard) > self._asked:
                self._asked = heard
            else:
                self.session.keepalive.hurry(now)
                self._asked = None
        for number, deadline in tuple(self._greetings.items()):
            if deadline > now:
                break
            self._logins.relay.stats.dropped["silent stream"] += 1
            self.session.abort(number)
            self.forget(number)
        self._act(self.session.tick(now))
        self._flush()
        if not self.session.ended:
            self._set_timer()

    def _set_timer(self) -> None:
        self._timer.cancel()
        when = self.session.next_timeout()
        if self._asked is not None:
            when = min(when, self._asked + self.session.limits.ping_soon)
        if self._greetings:
            when = min(when, next(iter(self._greetings.values())))
        self._timer = self._loop.call_at(when, self._tick)


class _Lane:
    """One stream of the session."""

    __slots__ = ("_number", "_owner", "endpoint")

    multiplexed = True
    endpoint: Endpoint

    def __init__(self, owner: Multiplexed, number: int) -> None:
        self._owner = owner
        self._number = number

    @property
    def client(self) -> Client | None:
        return self._owner.client

    def send(self, data: bytes) -> int:
        return self._owner.send(self._number, data)

    def widen(self) -> None:
        self._owner.session.widen(self._number)

    def consumed(self, amount: int) -> None:
        self._owner.session.consumed(self._number, amount)
        self._owner.schedule()

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def belongs(self, client: Client | None) -> None:
        self._owner.belongs(self._number, client)

    def refused(self) -> None:
        self._owner.refused(self._number)

    def abort(self) -> None:
        self._owner.session.abort(self._number)
        self._owner.forget(self._number)
        self._owner.schedule()

    def hang_up(self) -> None:
        self._owner.end()
