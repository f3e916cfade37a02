"""A tunnel: one proxy of one connected client, as the way to the app behind it."""

import asyncio
from typing import Protocol

from appliance.relay.names import Dialect, answered
from appliance.relay.share import Share
from appliance.relay.tunnel.availability import Availability, Verdict
from appliance.relay.tunnel.lane import Lane
from appliance.relay.tunnel.settings import Settings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.tunnel.stream import Fate, Stream
from appliance.relay.upstream import AppAway, Away
from appliance.relay.wire.framing import encode
from appliance.relay.wire.messages import NewProxy, StartWorkConn

LONGEST_PAUSE = {Dialect.UPSTREAM: 5.0}
"""Seconds between probes of an app that is down. Nobody reads what Gradio's clients print."""
LONGEST_PAUSE_UNREAD = 30.0
PROVEN = 1.0
"""Seconds after which a connection that the app kept counts as accepted, though it says nothing."""
SETTLED = 1.0
"""Seconds after a registration in which a client may drop a stream for no fault of the app."""


class Source(Protocol):
    """Where a tunnel's streams come from: its client, who has one pool for all its proxies."""

    settings: Settings
    stats: TunnelStats

    def take_lane(self) -> Lane | None:
        """A parked lane, and ask for another one."""

    def need(self) -> None:
        """Visitors wait: ask for more lanes."""

    def gave_none(self) -> None:
        """A visitor has waited in vain."""

    def dismiss(self, tunnel: "Tunnel", reason: str) -> None:
        """Close a tunnel, and send the client away if it has no other and understands."""

    def supersede(self, tunnel: "Tunnel") -> None:
        """Close a tunnel whose client has come back, and its connection if it has no other."""


class Tunnel:
    """An `Upstream`."""

    __slots__ = (
        "_availability",
        "_compression",
        "_key",
        "_loop",
        "_open",
        "_probe",
        "_ready",
        "_since",
        "_source",
        "_start",
        "dialect",
        "name",
        "share",
        "streams",
        "waiting",
    )

    def __init__(self, source: Source, proxy: NewProxy, dialect: Dialect, key: bytes) -> None:
        """`key` is that of the client's token."""
        self.name = proxy.proxy_name
        """As the client sent it: may be a secret."""
        self.dialect = dialect
        self.share: Share | None = None
        """None until the registry gave one."""
        self.streams: set[Stream] = set()
        """Live ones, which end with the tunnel."""
        self.waiting: dict[asyncio.Future[Stream], None] = {}
        """Visitors, in the order they came."""
        self._source = source
        self._key = key if proxy.use_encryption else None
        self._compression = proxy.use_compression
        self._start = encode(StartWorkConn(proxy_name=answered(self.name, dialect)))
        self._availability = Availability(LONGEST_PAUSE.get(dialect, LONGEST_PAUSE_UNREAD))
        self._probe: Stream | None = None
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._open = True
        self._ready = False

    def ready(self) -> None:
        """The client had time to take the answer to its registration in."""
        self._ready = True
        self.serve()

    def take(self) -> Stream | None:
        if self.waiting or self._verdict() is not Verdict.GO:
            return None
        lane = self._source.take_lane()
        return self._begin(lane) if lane is not None else None

    async def stream(self) -> Stream:
        if stream := self.take():
            return stream
        if not self._open:
            raise AppAway(Away.DISCONNECTED)
        if self._verdict() is Verdict.REFUSE:
            self._source.stats.visitors_refused += 1
            raise AppAway(Away.REFUSED)
        return await self._wait()

    def end(self, reason: str) -> None:
        self._source.dismiss(self, reason)

    def replaced(self) -> None:
        self._source.supersede(self)

    def serve(self) -> None:
        """Give waiting visitors what is there, and ask for the rest."""
        while self.waiting and self._verdict() is Verdict.GO:
            lane = self._source.take_lane()
            if lane is None:
                self._source.need()
                return
            self._next_visitor().set_result(self._begin(lane))

    def close(self) -> None:
        """The client is gone, or its proxy."""
        self._open = False
        self._turn_away(Away.DISCONNECTED)
        for stream in tuple(self.streams):
            stream.cut()

    def _verdict(self) -> Verdict:
        if not (self._open and self._ready):
            return Verdict.WAIT
        if not self._availability.troubled:
            return Verdict.GO
        return self._availability.verdict(self._loop.time())

    def _begin(self, lane: Lane) -> Stream:
        stream = Stream(lane, key=self._key, compression=self._compression, watch=self._watched)
        self.streams.add(stream)
        lane.widen()
        lane.send(self._start)
        self._source.stats.streams_given += 1
        if self._availability.started():
            self._probe = stream
            self._loop.call_later(PROVEN, self._proven, stream)
        return stream

    async def _wait(self) -> Stream:
        future: asyncio.Future[Stream] = self._loop.create_future()
        self.waiting[future] = None
        self.serve()
        timer = self._loop.call_later(self._source.settings.wait, self._late, future)
        try:
            return await future
        except asyncio.CancelledError:
            self.waiting.pop(future, None)
            _give_up(future)
            raise
        finally:
            timer.cancel()

    def _late(self, future: asyncio.Future[Stream]) -> None:
        if future in self.waiting:
            del self.waiting[future]
            self._source.gave_none()
            future.set_exception(AppAway(Away.SLOW))

    def _next_visitor(self) -> asyncio.Future[Stream]:
        future = next(iter(self.waiting))
        del self.waiting[future]
        return future

    def _watched(self, stream: Stream, fate: Fate) -> None:
        if fate is Fate.ANSWERED:
            if self._availability.troubled:
                self._lives()
            return
        self.streams.discard(stream)
        if fate is Fate.DIED:
            self._died()
        elif fate is Fate.LEFT and stream is self._probe:
            self._probe = None
            self._availability.inconclusive()
            self.serve()

    def _died(self) -> None:
        self._source.stats.streams_empty += 1
        now = self._loop.time()
        if self._open and now - self._since >= SETTLED:
            self._availability.died(now)
            if self._verdict() is Verdict.REFUSE:
                self._turn_away(Away.REFUSED)

    def _proven(self, stream: Stream) -> None:
        if not stream.ended and self._availability.troubled:
            self._lives()

    def _lives(self) -> None:
        self._probe = None
        self._availability.lives()
        self.serve()

    def _turn_away(self, why: Away) -> None:
        while self.waiting:
            self._next_visitor().set_exception(AppAway(why))


def _give_up(future: asyncio.Future[Stream]) -> None:
    """Its visitor left in the moment it was served."""
    if future.done() and not future.cancelled() and future.exception() is None:
        future.result().close()
