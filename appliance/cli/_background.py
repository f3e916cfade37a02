"""An appliance that runs without a terminal."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from appliance.cli._errors import CliError
from appliance.commands import DOWN
from appliance.supervisor import leftovers, lock
from appliance.supervisor.journal import Journal
from appliance.supervisor.places import Places
from appliance.supervisor.tree import CRASHES

_PAUSE, _LONGEST = 0.1, 90.0
_OFTEN = 3
"""Ends of one process after which it is no bad luck any more."""
_WORDS = 6
"""Lines of its log that are shown then."""
_LOOKED_AT = 100
_ENDED = re.compile(r"(?P<name>\S+) ended \(.*\), starting it again in ")


def start(places: Places) -> subprocess.Popen[bytes]:
    """Start `appliance up` in a session of its own; what it says goes to a log."""
    with _journal(places).open() as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "appliance", "up", str(places.file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "120"},
        )


async def gone(places: Places, process: subprocess.Popen[bytes] | None) -> str:
    """Wait until it runs no more; its last words."""
    # A process that is not our child, and a lock, tell nobody when they end.
    while process.poll() is None if process else lock.running(places.lock):  # noqa: ASYNC110
        await asyncio.sleep(_PAUSE)
    return "The appliance ended:\n" + "\n".join(_journal(places).tail(20))


def said(places: Places) -> int:
    """How much it has said so far, for `stumbles`."""
    return _journal(places).size


async def stumbles(places: Places, since: int, show: Callable[[str], None]) -> str:
    """Show which of its processes end while it starts; the last words of one that ends too often.

    `since` is what `said` was before the start.
    """
    shown, ends = 0, Counter[str]()
    while True:
        lines = _journal(places).tail(1000, since)
        for line in lines[shown:]:
            if found := _ENDED.match(line):
                show(line)
                ends[found["name"]] += 1
        shown = len(lines)
        for name, times in ends.items():
            if times >= _OFTEN:
                said = Journal(places.logs / f"{name}.log").tail(_LOOKED_AT)
                words = "\n".join(_end(said))
                return f"{name} does not come up. Its last words:\n{words}"
        await asyncio.sleep(_PAUSE)


def _end(said: list[str]) -> list[str]:
    """The last lines, of a crash those with which it begins."""
    crashes = [at for at, line in enumerate(said) if line.startswith(CRASHES)]
    return said[crashes[-1] :][:_WORDS] if crashes else said[-_WORDS:]


def stop(places: Places) -> bool:
    """Stop the one that runs, or what is left of one that was killed, and wait; False if none did.

    Raises `CliError`.
    """
    holder = lock.running(places.lock)
    if holder is None:
        return clear(places)
    with suppress(ProcessLookupError):
        try:
            os.kill(holder.pid, signal.SIGTERM)
        except PermissionError:
            raise CliError(
                f"Process {holder.pid} belongs to somebody else.",
                "Run this as the user who started the appliance.",
            ) from None
    deadline = time.monotonic() + _LONGEST
    while lock.running(places.lock):
        if time.monotonic() > deadline:
            raise CliError(
                f"Process {holder.pid} does not end.", f"End it: kill -KILL {holder.pid}"
            )
        time.sleep(_PAUSE)
    return True


def clear(places: Places) -> bool:
    """End what is left of one that was killed; whether anything was. Raises `CliError`."""
    try:
        return leftovers.clear(places)
    except lock.AlreadyRunningError as error:
        raise CliError(f"{error}.", f"Stop it first with `{DOWN}`.") from None


def _journal(places: Places) -> Journal:
    return Journal(places.logs / "appliance.log")
