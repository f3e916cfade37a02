"""One worker, as the relay knows it: its line, the ways to its clients, and what it counted."""

from collections.abc import Callable, Iterable, Sequence
from socket import socket
from typing import Protocol

from appliance.relay.events.tap import Event
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.registrar import Refused
from appliance.relay.share import Share
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.registry import Registry
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.upstream import AppAway, Away, WorkStream
from appliance.relay.workers.channel import Channel
from appliance.relay.workers.notes import (
    Closed,
    Counts,
    Denied,
    Drained,
    End,
    Facts,
    FromWorker,
    Growth,
    Happened,
    Note,
    Reached,
    Register,
    Registered,
    Replaced,
    Visited,
    from_worker,
)
from appliance.visits.model import Reports


class Way:
    """An `Upstream` as the registry has it, whose client is another process's."""

    def __init__(self, member: "Member", number: int) -> None:
        self.member = member
        self.number = number

    def take(self) -> None:
        return None

    async def stream(self) -> WorkStream:
        raise AppAway(Away.DISCONNECTED)

    def end(self, reason: str) -> None:
        self.member.send(End(way=self.number, reason=reason))

    def replaced(self) -> None:
        self.member.send(Replaced(way=self.number))


class Company(Protocol):
    """What a worker's notes may be about, beside its clients."""

    def agree(self, then: Callable[[], None]) -> None:
        """Call back once all workers know what they were told."""

    def reached(self, worker: int, mark: int) -> None: ...

    def drained(self, worker: int) -> None: ...

    def happened(self, event: Event) -> None:
        """Something that is told to those who read events."""

    def passed(self, worker: int, shares: Sequence[Growth]) -> None:
        """It told what passed through shares since the last time."""

    def lost(self, worker: int) -> None:
        """It has ended."""


class Member:
    """Takes the notes of one worker."""

    def __init__(self, number: int, registry: Registry, company: Company) -> None:
        self.number = number
        self.tunnel, self.gateway = TunnelStats(), GatewayStats()
        self.visits = Reports(reports=())
        self.under_way: dict[str, int] = {}
        """Requests of visitors, by the name of a share."""
        self.silent = 0
        """How often it was listened for since it last said something; a worker that runs tells
        what it counted every second."""
        self._registry = registry
        self._company = company
        self._channel = Channel(from_worker, self._received, self._ended)
        self._ways: dict[int, Way] = {}

    async def open(self, line: socket) -> None:
        await self._channel.open(line)

    def send(self, note: Note) -> None:
        self._channel.send(note)

    def send_line(self, data: bytes) -> None:
        self._channel.send_line(data)

    def abort(self) -> None:
        """End the line at once."""
        self._channel.abort()

    def _received(self, note: FromWorker) -> None:
        self.silent = 0
        match note:
            case Register():
                self._register(note)
            case Closed():
                if way := self._ways.pop(note.way, None):
                    self._registry.closed(way)
            case Counts():
                self._count(note)
            case Visited():
                self.visits = note.reports
            case Reached():
                self._company.reached(self.number, note.number)
            case Drained():
                self._company.drained(self.number)
            case Happened():
                self._company.happened(note.event)

    def _register(self, note: Register) -> None:
        way = self._ways[note.way] = Way(self, note.way)

        def answer(found: Share | Refused) -> None:
            if isinstance(found, Refused):
                del self._ways[note.way]
                self.send(Denied(way=note.way, text=found.text, reason=found.reason))
            else:
                # Whoever reads the URL may ask any of the workers.
                registered = Registered(way=note.way, name=found.name)
                self._company.agree(lambda: self.send(registered))

        self._registry.ask(note.registration, way, answer)

    def _count(self, note: Counts) -> None:
        self.tunnel, self.gateway = note.tunnel, note.gateway
        for growth in note.shares:
            self._grow(growth, note.day)
        self._company.passed(self.number, note.shares)

    def _grow(self, growth: Growth, day: int) -> None:
        entry = self._registry.book.get(growth.name)
        if entry is None:
            return
        share, traffic = entry.share, entry.share.traffic
        traffic.requests += growth.requests
        traffic.errors += growth.errors
        traffic.received += growth.received
        traffic.sent += growth.sent
        traffic.open += growth.open - self.under_way.get(growth.name, 0)
        self.under_way[growth.name] = growth.open
        if growth.visitors:
            share.met.add(growth.visitors, day)

    def _ended(self) -> None:
        """The worker is gone, with all its sessions."""
        for way in self._ways.values():
            self._registry.closed(way)
        self._ways.clear()
        for name in self.under_way:
            self._grow(Growth(name=name, **_NOTHING), 0)
        self._company.lost(self.number)


_NOTHING = dict.fromkeys(("requests", "errors", "received", "sent", "visitors", "open"), 0)


def facts(entry: Entry) -> Facts:
    share = entry.share
    way = share.upstream
    return Facts(
        name=share.name,
        hosts=share.hosts,
        url=share.url,
        owner=share.owner,
        locations=share.locations,
        options=share.options,
        lock=share.lock,
        since=share.since,
        expires=share.expires,
        rate=share.rate,
        joint_limits=tuple(limit.terms for limit in share.joint_limits),
        gone=entry.gone,
        way=(way.member.number, way.number) if isinstance(way, Way) else None,
    )


def summed(
    parts: Iterable[tuple[TunnelStats, GatewayStats]],
) -> tuple[TunnelStats, GatewayStats]:
    """What several processes counted, together."""
    tunnel, gateway = TunnelStats(), GatewayStats()
    for one, other in parts:
        tunnel.add(one)
        gateway.add(other)
    return tunnel, gateway
