"""An appliance that runs without a terminal."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from appliance.cli._errors import CliError
from appliance.supervisor import lock
from appliance.supervisor.journal import Journal
from appliance.supervisor.places import Places

_PAUSE, _LONGEST = 0.1, 90.0


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


def stop(places: Places) -> bool:
    """Stop the one that runs, and wait; False if none did. Raises `CliError`."""
    holder = lock.running(places.lock)
    if holder is None:
        return False
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


def _journal(places: Places) -> Journal:
    return Journal(places.logs / "appliance.log")
