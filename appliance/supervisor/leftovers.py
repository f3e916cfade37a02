"""Children of an appliance that was killed before it could end them."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from appliance.supervisor import lock
from appliance.supervisor.places import Places

_GRACE = 40.0
"""Seconds; the app host lets its apps end first."""


class Register:
    """Which processes are ours, on disk. A process is its id and the moment it began."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, pids: Iterable[int]) -> None:
        self._path.write_text(
            json.dumps([[pid, began] for pid, began in map(_began, pids) if began])
        )

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def alive(self) -> list[psutil.Process]:
        """Those that still run."""
        if not self._path.exists():
            return []
        kept = json.loads(self._path.read_text() or "[]")
        return [psutil.Process(pid) for pid, began in kept if _began(pid) == (pid, began)]


def register(places: Places) -> Register:
    return Register(places.data / "processes.json")


def clear(places: Places) -> bool:
    """End what a killed appliance left running; whether there was anything.

    Nobody must start one meanwhile, or its processes would be taken for leftovers: the lock is held
    for that time. Raises `AlreadyRunningError`.
    """
    if not register(places).alive():
        return False
    with lock.held(places.lock, lock.Holder(os.getpid(), str(places.file), ())):
        end(register(places).alive(), _GRACE)
        register(places).forget()
    return True


def end(processes: Iterable[psutil.Process], grace: float) -> None:
    """Ask, wait at most `grace` seconds, then kill."""
    processes = list(processes)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=grace)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=grace)


def _began(pid: int) -> tuple[int, float | None]:
    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.Error:
        return pid, None
