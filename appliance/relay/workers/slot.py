"""The place of one worker: a process, started again whenever it ends, and the line to it."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Literal, Protocol

import structlog

from appliance.backoff import BackOff
from appliance.relay.events.tap import Event
from appliance.relay.shares.registry import Registry
from appliance.relay.workers import notes
from appliance.relay.workers.member import Member
from appliance.relay.workers.ports import Group

MARGIN: Final = 3.0
"""Seconds that a worker may take beyond what it was given to end."""
_LONGEST_PAUSE: Final = 5.0
"""Seconds: the kernel goes on choosing a worker that is not there."""

_BEAT: Final = 1.0
"""Seconds between two looks at whether it has said something. Looks are counted, not seconds: a
relay that did not run itself has heard nobody."""
_SILENCE: Final = 10
"""Looks after which a silent worker is killed; its clients wait as long for a sign of life."""
_BIRTH: Final = 120
"""The same, for one that has never been ready."""

_COMMAND: Final = (sys.executable, "-m", "appliance.relay.workers")
_INTRODUCED: Final = 0
"""The mark by which a worker tells that it is ready."""

Whose = Literal["clients", "visitors"]

_log = structlog.get_logger(__name__)


class Others(Protocol):
    """The company of a worker, as its slot needs it."""

    def agree(self, then: Callable[[], None]) -> None:
        """Call back once all workers know what they were told."""

    def reached(self, worker: int, mark: int) -> None: ...

    def introduce(self, member: Member) -> None:
        """Tell a new worker all that the others know."""

    def ready(self, worker: int) -> None:
        """It can take the ports."""

    def passed(self, member: Member, shares: Sequence[notes.Growth]) -> None:
        """It told what passed through shares since the last time."""

    def happened(self, event: Event) -> None:
        """Something that is told to those who read events."""

    def left(self, member: Member) -> None:
        """It has ended, and is not waited for any more."""


class Slot:
    """The `Company` of one worker after the other, which have the same number."""

    def __init__(self, number: int, workers: int, registry: Registry, others: Others) -> None:
        self.number = number
        self.member: Member | None = None
        """The worker of now."""
        self.ready = asyncio.Event()
        self.finished = asyncio.Event()
        """Whether it has let its requests end, or is not there."""
        self._workers = workers
        self._registry = registry
        self._others = others
        self._process: asyncio.subprocess.Process | None = None
        self._sockets: socket.socket | None = None
        """By which listening sockets go to the worker."""
        self._lost = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`."""
        back_off = BackOff()
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._once()
            if self._stopping.is_set():
                return
            pause, back_off = back_off.after(time.monotonic() - began)
            _log.warning("relay.worker_ended", worker=self.number, reason=reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, _LONGEST_PAUSE)):
                    await self._stopping.wait()

    async def watch(self) -> None:
        """Kill it when it hangs: its clients and visitors come to one that runs."""
        while True:
            await asyncio.sleep(_BEAT)
            member = self.member
            if member is None:
                continue
            member.silent += 1
            if member.silent > (_SILENCE if self.ready.is_set() else _BIRTH):
                seconds = member.silent * _BEAT
                _log.error("relay.worker_hangs", worker=self.number, seconds=seconds)
                self._kill()

    def say(self, data: bytes) -> None:
        if self.member is not None:
            self.member.send_line(data)

    def hand_over(self, whose: Whose, group: Group) -> None:
        assert self.member is not None
        assert self._sockets is not None
        self.member.send(notes.Listening(whose=whose, count=len(group)))
        one_each = bytes(len(group))
        socket.send_fds(self._sockets, [one_each], [one.fileno() for one in group])

    def drain(self, seconds: float) -> None:
        """Let requests end; none is started any more."""
        self._stopping.set()
        if self.member is None:
            self.finished.set()
        else:
            self.finished.clear()
            self.member.send(notes.Drain(seconds=seconds))

    def stop(self) -> None:
        if self.member is not None:
            self.member.send(notes.Stop())

    def abort(self) -> None:
        """End its line; it is killed soon after."""
        if self.member is not None:
            self.member.abort()

    # As the company of its worker.

    def agree(self, then: Callable[[], None]) -> None:
        self._others.agree(then)

    def reached(self, worker: int, mark: int) -> None:
        if mark != _INTRODUCED:
            self._others.reached(worker, mark)
            return
        self.ready.set()
        self._others.ready(worker)

    def drained(self, _worker: int) -> None:
        self.finished.set()

    def happened(self, event: Event) -> None:
        self._others.happened(event)

    def passed(self, _worker: int, shares: Sequence[notes.Growth]) -> None:
        if self.member is not None:
            self._others.passed(self.member, shares)

    def lost(self, _worker: int) -> None:
        self._lost.set()

    # One process.

    async def _once(self) -> str:
        """From its start to its end; how it ended."""
        ours, theirs = socket.socketpair(), socket.socketpair()
        lent = [pair[1].fileno() for pair in (ours, theirs)]
        place = map(str, (self.number, self._workers, *lent))
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
        self._lost.clear()
        member = Member(self.number, self._registry, self)
        await member.open(ours[0])
        self.member, self._sockets, self._process = member, theirs[0], process
        self._others.introduce(member)
        member.send(notes.Mark(number=_INTRODUCED))
        if self._stopping.is_set():
            member.send(notes.Stop())
        await self._lost.wait()
        theirs[0].close()
        self.member = self._sockets = self._process = None
        self.ready.clear()
        self._others.left(member)
        self.finished.set()
        return await _exit(process)

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()


async def _exit(process: asyncio.subprocess.Process) -> str:
    """How it ended; it has no line any more, so it must."""
    try:
        async with asyncio.timeout(MARGIN):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        code = await process.wait()
    return f"signal {-code}" if code < 0 else f"exit code {code}"
