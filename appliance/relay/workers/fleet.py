"""The workers, from the relay's side: started, told what is so, started again when they end."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Literal

import structlog

from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.settings import Settings
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.rules import Rules
from appliance.relay.tunnel.certificates import CertificateFiles, Certificates
from appliance.relay.tunnel.listener import FAREWELL
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.workers import notes, ports
from appliance.relay.workers.agreed import Agreed
from appliance.relay.workers.channel import line
from appliance.relay.workers.member import Member, facts, summed
from appliance.supervisor.backoff import BackOff
from appliance.visits.model import Ask, Reports

_LONGEST_PAUSE: Final = 5.0
"""Seconds: the kernel goes on choosing a worker that is not there."""
_MARGIN: Final = 3.0
"""Seconds that a worker may take beyond what it was given to end."""
_BEGIN: Final = 30.0
"""Seconds in which the workers have to be ready before the ports are opened without them."""

_BEAT: Final = 1.0
"""Seconds between two looks at who has said something. Looks are counted, not seconds: a relay that
did not run itself has heard nobody."""
_SILENCE: Final = 10
"""Looks after which a silent worker is killed; its clients wait as long for a sign of life."""
_BIRTH: Final = 120
"""The same, for one that has never been ready."""

_COMMAND: Final = (sys.executable, "-m", "appliance.relay.workers")
_INTRODUCED: Final = 0
"""The mark by which a worker tells that it is ready."""

Whose = Literal["clients", "visitors"]

_log = structlog.get_logger(__name__)


class Fleet:
    """A `Front` of several processes, which are each other's `Company`."""

    def __init__(self, settings: Settings, registry: Registry, workers: int) -> None:
        self.workers = workers
        self._settings = settings
        self._registry = registry
        self._rules = notes.Rules(shared=False)
        self._certificates: notes.Certificates | None = None
        self._counting: notes.CountVisits | None = None
        self._clients: list[ports.Group] = []
        self._visitors: list[ports.Group] = []
        self._agreed = Agreed()
        self._members: dict[int, Member] = {}
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._watching: asyncio.Task[None] | None = None
        self._lines: dict[int, socket.socket] = {}
        """By which listening sockets go to the workers."""
        self._former = TunnelStats(), GatewayStats()
        """What workers counted that have ended."""
        self._keepers: list[asyncio.Task[None]] = []
        self._ready = [asyncio.Event() for _ in range(workers)]
        self._drained: dict[int, asyncio.Event] = {}
        self._lost: dict[int, asyncio.Event] = {}
        self._stopping = asyncio.Event()

    # The front.

    @property
    def missing(self) -> int:
        return sum(not ready.is_set() for ready in self._ready)

    @property
    def admitting(self) -> bool:
        return bool(self._clients)

    async def start(self) -> None:
        self._keepers = [asyncio.create_task(self._keep(n)) for n in range(self.workers)]
        self._watching = asyncio.create_task(self._watch())
        waiting = [asyncio.create_task(event.wait()) for event in self._ready]
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

    def ruled(self, rules: Rules | None) -> None:
        tokens = rules.tokens if rules else ()
        self._say_rules(
            notes.Rules(shared=rules is not None, tokens=tokens, plain=self._rules.plain)
        )

    def changed(self, entry: Entry | None) -> None:
        for one in self._registry if entry is None else (entry,):
            self._say(self._note(one))

    def counted(self) -> tuple[TunnelStats, GatewayStats]:
        living = [(member.tunnel, member.gateway) for member in self._members.values()]
        return summed([self._former, *living])

    async def visits(self, ask: Ask) -> Reports:
        self._counting = notes.CountVisits(ask=ask)
        self._say(self._counting)
        await self._done()
        members = self._members.values()
        return Reports(reports=tuple(one for member in members for one in member.visits.reports))

    async def close(self, drain: float) -> None:
        self._stopping.set()
        ports.close([*self._visitors, *self._clients])
        self._visitors, self._clients = [], []
        self._drained = {number: asyncio.Event() for number in self._members}
        self._say(notes.Drain(seconds=drain))
        drained = [asyncio.create_task(event.wait()) for event in self._drained.values()]
        if drained:
            await asyncio.wait(drained, timeout=drain + _MARGIN)
        for task in drained:
            task.cancel()
        self._say(notes.Stop())
        late = await _ended(self._keepers)
        for number in late:
            if number not in self._members:
                continue
            # Its line ends, and it is killed soon after.
            self._members[number].abort()
        await asyncio.gather(*self._keepers)
        if self._watching is not None:
            self._watching.cancel()

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
        for member in self._members.values():
            member.send_line(data)

    def _say_rules(self, rules: notes.Rules) -> None:
        self._rules = rules
        self._say(rules)

    def _hand_over_all(self, whose: Whose) -> None:
        for number in self._members:
            if self._ready[number].is_set():
                self._hand_over(number, whose)

    def _hand_over(self, number: int, whose: Whose) -> None:
        groups = self._clients if whose == "clients" else self._visitors
        group = groups[number]
        self._members[number].send(notes.Listening(whose=whose, count=len(group)))
        one_each = bytes(len(group))
        socket.send_fds(self._lines[number], [one_each], [one.fileno() for one in group])

    # What workers tell.

    def agree(self, then: Callable[[], None]) -> None:
        ready = [number for number in self._members if self._ready[number].is_set()]
        mark = line(notes.Mark(number=self._agreed.begin(ready, then)))
        for number in ready:
            self._members[number].send_line(mark)

    def _introduce(self, member: Member) -> None:
        """Tell a new worker all that the others know."""
        member.send(self._rules)
        if self._certificates is not None:
            member.send(self._certificates)
        if self._counting is not None:
            member.send(self._counting)
        for entry in self._registry:
            member.send(facts(entry))
        member.send(notes.Mark(number=_INTRODUCED))

    def reached(self, worker: int, mark: int) -> None:
        if mark != _INTRODUCED:
            self._agreed.reached(worker, mark)
            return
        self._ready[worker].set()
        if self._visitors:
            self._hand_over(worker, "visitors")
        if self._clients:
            self._hand_over(worker, "clients")

    def drained(self, worker: int) -> None:
        if worker in self._drained:
            self._drained[worker].set()

    def lost(self, worker: int) -> None:
        self._lost[worker].set()

    # Workers come and go.

    async def _keep(self, number: int) -> None:
        back_off = BackOff()
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._once(number)
            if self._stopping.is_set():
                return
            pause, back_off = back_off.after(time.monotonic() - began)
            _log.warning("relay.worker_ended", worker=number, reason=reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, _LONGEST_PAUSE)):
                    await self._stopping.wait()

    async def _once(self, number: int) -> str:
        ours, theirs = socket.socketpair(), socket.socketpair()
        lent = [pair[1].fileno() for pair in (ours, theirs)]
        place = map(str, (number, self.workers, *lent))
        try:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND, *place, pass_fds=lent, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            for one in (*ours, *theirs):
                one.close()
            return str(error)
        for pair in (ours, theirs):
            pair[1].close()
        lost = self._lost[number] = asyncio.Event()
        member = Member(number, self._registry, self)
        await member.open(ours[0])
        self._members[number], self._lines[number] = member, theirs[0]
        self._processes[number] = process
        self._introduce(member)
        if self._stopping.is_set():
            member.send(notes.Stop())
        await lost.wait()
        self._forget(member)
        return await _exit(process)

    async def _watch(self) -> None:
        """Kill those that hang: their clients and visitors come to one that runs."""
        while True:
            await asyncio.sleep(_BEAT)
            for number, member in self._members.items():
                member.silent += 1
                if member.silent > (_SILENCE if self._ready[number].is_set() else _BIRTH):
                    _log.error("relay.worker_hangs", worker=number, seconds=member.silent * _BEAT)
                    with suppress(ProcessLookupError):
                        self._processes[number].kill()

    def _forget(self, member: Member) -> None:
        number = member.number
        del self._members[number]
        self._lines.pop(number).close()
        del self._processes[number]
        self._ready[number].clear()
        self._agreed.gone(number)
        self.drained(number)
        self._former = summed([self._former, (member.tunnel.past(), member.gateway.past())])


async def _exit(process: asyncio.subprocess.Process) -> str:
    """How it ended; it has no line any more, so it must."""
    try:
        async with asyncio.timeout(_MARGIN):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        code = await process.wait()
    return f"signal {-code}" if code < 0 else f"exit code {code}"


async def _ended(keepers: Sequence[asyncio.Task[None]]) -> list[int]:
    """Those that have not ended in time, by their numbers."""
    if keepers:
        await asyncio.wait(keepers, timeout=FAREWELL + _MARGIN)
    return [number for number, keeper in enumerate(keepers) if not keeper.done()]
