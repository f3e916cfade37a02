"""Keeps a handful of programs running and ends them in order."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from appliance.backoff import BackOff
from appliance.supervisor.child import Child, Program, ending
from appliance.supervisor.journal import Journal
from appliance.supervisor.leftovers import Register

Report = Callable[[str], None]
"""Takes one sentence for the person at the terminal."""

_TRIM_EVERY, _LOOK_EVERY = 5.0, 0.05


class Tree:
    """Programs in the order in which they end: what visitors see first comes first."""

    def __init__(
        self, programs: Sequence[Program], logs: Path, register: Register, report: Report
    ) -> None:
        self._programs = tuple(programs)
        self._journals = {p.name: Journal(logs / f"{p.name}.log") for p in programs}
        self._register = register
        self._report = report
        self._children: dict[str, Child] = {}

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event) -> None:
        """Run until `stop`; then end every program, at once when `hurry` is set too."""
        keepers = {p.name: asyncio.create_task(self._keep(p)) for p in self._programs}
        trimmer = asyncio.create_task(self._trim())
        stopping = asyncio.create_task(stop.wait())
        try:
            # A keeper never ends by itself unless there is a mistake in it: do not hide that.
            await asyncio.wait({stopping, *keepers.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            trimmer.cancel()
            stopping.cancel()
            for program in self._programs:
                keeper = keepers[program.name]
                keeper.cancel()
                with suppress(asyncio.CancelledError):
                    await keeper
                if child := self._children.pop(program.name, None):
                    await child.stop(hurry)
            self._register.forget()

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        return {name: child.pid for name, child in self._children.items()}

    async def _keep(self, program: Program) -> None:
        back_off, journal = BackOff(), self._journals[program.name]
        while program.after and not program.after.exists():  # noqa: ASYNC110 - a file, no event
            await asyncio.sleep(_LOOK_EVERY)
        while True:
            began, since = time.monotonic(), journal.size
            reason = await self._once(program, journal)
            pause, back_off = back_off.after(time.monotonic() - began)
            last = last_words(journal.tail(100, since))
            self._report(
                f"{program.name} ended ({reason}), starting it again in {pause:g} s"
                + (f"; it said: {last}" if last else "")
            )
            await asyncio.sleep(pause)

    async def _once(self, program: Program, journal: Journal) -> str:
        try:
            child = await Child.start(program, journal)
        except OSError as error:
            return f"{program.command[0]}: {error.strerror}"
        self._children[program.name] = child
        self._register.keep(self.pids().values())
        code = await child.wait()
        del self._children[program.name]
        return ending(code)

    async def _trim(self) -> None:
        while True:
            for journal in self._journals.values():
                await asyncio.to_thread(journal.trim)
            await asyncio.sleep(_TRIM_EVERY)


CRASHES = ("fatal error: ", "panic: ")
"""How a program in Go says that it breaks off."""


def last_words(lines: Sequence[str]) -> str:
    """The end of a log, at most 200 characters; of a JSON line what happened and why.

    What one of our commands says last is what to do; what happened stands before it.
    """
    said = [line.strip() for line in lines if not line.strip().startswith("→")]
    # The proxy is written in Go, where below what happened follows all that was going on.
    crashed = [line for line in said if line.startswith(CRASHES)]
    line = "".join((crashed or said)[-1:]).removeprefix("✗ ")
    with suppress(ValueError):
        found = json.loads(line)
        if isinstance(found, dict):
            parts = (found.get(key) for key in ("event", "message", "error", "reason"))
            line = ": ".join(str(part) for part in parts if part)
    return line[:200]
