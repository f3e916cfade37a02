"""The workers, from the relay's side: what all of them are told, and what they serve together."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import structlog

from appliance.relay.events.tap import Event
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.rules import Rules
from appliance.relay.settings import Settings
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.registry import Registry
from appliance.relay.tunnel.certificates import CertificateFiles, Certificates
from appliance.relay.tunnel.listener import FAREWELL
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.workers import notes, ports
from appliance.relay.workers.agreed import Agreed
from appliance.relay.workers.balance import Balance
from appliance.relay.workers.channel import line
from appliance.relay.workers.member import Member, facts, summed
from appliance.relay.workers.slot import MARGIN, Slot, Whose
from appliance.visits.model import Ask, Reports

_BEGIN: Final = 30.0
"""Seconds in which the workers have to be ready before the ports are opened without them."""

_log = structlog.get_logger(__name__)


class Fleet:
    """A `Front` of several processes, and to each the `Others`."""

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        workers: int,
        happened: Callable[[Event], None],
    ) -> None:
        """`happened` is told what workers log."""
        self.workers, self.happened = workers, happened
        self._settings = settings
        self._registry = registry
        self._rules = notes.Rules(shared=False)
        self._certificates: notes.Certificates | None = None
        self._counting: notes.CountVisits | None = None
        self._clients: list[ports.Group] = []
        self._visitors: list[ports.Group] = []
        self._agreed = Agreed()
        self._balance = Balance(registry.book)
        self._former = TunnelStats(), GatewayStats()
        """What workers counted that have ended."""
        self._slots = [Slot(number, workers, registry, self) for number in range(workers)]
        self._running: list[asyncio.Task[None]] = []
        self._watching: list[asyncio.Task[None]] = []

    # The front.

    @property
    def missing(self) -> int:
        return sum(not slot.ready.is_set() for slot in self._slots)

    @property
    def admitting(self) -> bool:
        return bool(self._clients)

    async def start(self) -> None:
        self._running = [asyncio.create_task(slot.run()) for slot in self._slots]
        self._watching = [asyncio.create_task(slot.watch()) for slot in self._slots]
        waiting = [asyncio.create_task(slot.ready.wait()) for slot in self._slots]
        _, late = await asyncio.wait(waiting, timeout=_BEGIN)
        for task in late:
            task.cancel()

    async def open(self) -> None:
        if not self._visitors:
            self._visitors = ports.listening(*self._settings.visitors, self.workers)
            self._hand_over_all("visitors")

    async def admit(self, *, plain: bool) -> None:
        if self._rules.plain != plain:
            self._say_rules(self._rules.model_copy(update={"plain": plain}))
        if not self._clients:
            self._clients = ports.listening(*self._settings.clients, self.workers)
            self._hand_over_all("clients")
            _log.info("relay.listening", port=self._settings.clients[1], workers=self.workers)

    async def dismiss(self) -> None:
        if self._clients:
            ports.close(self._clients)
            self._clients = []
            self._say(notes.Dismiss())
            await self._done()
            _log.info("relay.closed")

    async def certify(self, files: Sequence[CertificateFiles]) -> None:
        # Whether they are good is known here before any worker is told.
        await asyncio.to_thread(Certificates().load, files)
        pairs = tuple((str(pair.chain), str(pair.key)) for pair in files)
        self._certificates = notes.Certificates(files=pairs)
        self._say(self._certificates)
        await self._done()

    def ruled(self, rules: Rules | None) -> None:
        tokens = rules.tokens if rules else ()
        self._say_rules(
            notes.Rules(shared=rules is not None, tokens=tokens, plain=self._rules.plain)
        )

    def changed(self, entry: Entry | None) -> None:
        for one in self._registry if entry is None else (entry,):
            self._say(self._note(one))

    def counted(self) -> tuple[TunnelStats, GatewayStats]:
        living = [(member.tunnel, member.gateway) for member in self._members()]
        return summed([self._former, *living])

    async def visits(self, ask: Ask) -> Reports:
        self._counting = notes.CountVisits(ask=ask)
        self._say(self._counting)
        await self._done()
        members = self._members()
        return Reports(reports=tuple(one for member in members for one in member.visits.reports))

    async def close(self, drain: float) -> None:
        admitted = self.admitting
        ports.close([*self._visitors, *self._clients])
        self._visitors, self._clients = [], []
        for slot in self._slots:
            slot.drain(drain)
        finished = [asyncio.create_task(slot.finished.wait()) for slot in self._slots]
        _, late = await asyncio.wait(finished, timeout=drain + MARGIN)
        for one in late:
            one.cancel()
        for slot in self._slots:
            slot.stop()
        if self._running:
            await asyncio.wait(self._running, timeout=FAREWELL + MARGIN)
        for slot, running in zip(self._slots, self._running, strict=False):
            if not running.done():
                slot.abort()
        await asyncio.gather(*self._running)
        for watching in self._watching:
            watching.cancel()
        if admitted:
            _log.info("relay.closed")

    # What workers are told.

    async def _done(self) -> None:
        """Wait until all workers have done what they were told."""
        done = asyncio.Event()
        self.agree(done.set)
        await done.wait()

    def _note(self, entry: Entry) -> notes.Note:
        if self._registry.book.get(entry.name) is entry:
            return facts(entry)
        return notes.Forgotten(name=entry.name)

    def _say(self, note: notes.Note) -> None:
        data = line(note)
        for slot in self._slots:
            slot.say(data)

    def _say_rules(self, rules: notes.Rules) -> None:
        self._rules = rules
        self._say(rules)

    def _hand_over_all(self, whose: Whose) -> None:
        for slot in self._ready():
            self._hand_over(slot, whose)

    def _hand_over(self, slot: Slot, whose: Whose) -> None:
        groups = self._clients if whose == "clients" else self._visitors
        if groups:
            slot.hand_over(whose, groups[slot.number])

    def _ready(self) -> list[Slot]:
        return [slot for slot in self._slots if slot.ready.is_set()]

    def _members(self) -> Iterator[Member]:
        return (slot.member for slot in self._slots if slot.member is not None)

    # What workers tell.

    def agree(self, then: Callable[[], None]) -> None:
        ready = self._ready()
        mark = line(notes.Mark(number=self._agreed.begin([one.number for one in ready], then)))
        for slot in ready:
            slot.say(mark)

    def introduce(self, member: Member) -> None:
        """Tell a new worker all that the others know."""
        member.send(self._rules)
        if self._certificates is not None:
            member.send(self._certificates)
        if self._counting is not None:
            member.send(self._counting)
        for entry in self._registry:
            member.send(facts(entry))

    def ready(self, worker: int) -> None:
        for whose in ("visitors", "clients"):
            self._hand_over(self._slots[worker], whose)

    def reached(self, worker: int, mark: int) -> None:
        self._agreed.reached(worker, mark)

    def passed(self, member: Member, shares: Sequence[notes.Growth]) -> None:
        """Leave it what the others leave it of what it has a part in."""
        if self._registry.book.joint_limits:
            self._balance.told(member.number, shares, member.under_way, time.monotonic())
            member.send(notes.Elsewhere(taken=dict(self._balance.beside(member.number))))

    def left(self, member: Member) -> None:
        self._agreed.gone(member.number)
        self._balance.gone(member.number)
        self._former = summed([self._former, (member.tunnel.past(), member.gateway.past())])
