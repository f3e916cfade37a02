"""Children of an appliance that was killed before it could end them."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil


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
