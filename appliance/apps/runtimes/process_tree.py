"""All processes of an instance: its session, and what left it but still descends from it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterable

import psutil

_CLOCK_TOLERANCE = 2.0
"""Seconds: a process's start is computed from the clock, which may be set meanwhile."""


def created(pid: int) -> float:
    """Unix time at which a child of ours was started."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def find(pid: int, created: float) -> psutil.Process | None:
    """The process that was started as `pid` at `created` (Unix time), if it still runs."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - created) > _CLOCK_TOLERANCE:
            return None
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    return process


def members(leader: int, created: float) -> list[psutil.Process]:
    """The session of `leader` and all descendants, also when the leader itself is gone.

    Its number may belong to a stranger by now: then nothing is a member.
    """
    if created < psutil.boot_time():
        return []
    process = find(leader, created)
    if process is None and psutil.pid_exists(leader) and not _is_zombie(leader):
        return []
    found = {pid for pid in psutil.pids() if _session(pid) == leader}
    if process is not None:
        with contextlib.suppress(psutil.Error):
            found |= {child.pid for child in process.children(recursive=True)}
    return [member for pid in found if (member := _process(pid)) is not None]


def resident(processes: Iterable[psutil.Process]) -> int:
    """Bytes resident over all of them; pages shared between them count more than once."""
    return sum(_rss(process) for process in processes)


def proportional(processes: Iterable[psutil.Process]) -> int:
    """Bytes in use over all of them, shared pages counted once (slower; Linux, else `resident`)."""
    return sum(_pss(process) for process in processes)


async def end(leader: int, created: float, grace: float) -> None:
    """Ask all of them to end, wait `grace` seconds, then end them for good."""
    asked = members(leader, created)
    _signal(asked, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(grace):
            await _gone(lambda: asked)
    # New ones may have been started meanwhile: look again until none is left.
    await _gone(lambda: _killed(members(leader, created)))


async def _gone(processes: Callable[[], list[psutil.Process]]) -> None:
    while any(map(_runs, processes())):  # noqa: ASYNC110 (no event tells of another's process)
        await asyncio.sleep(0.05)


def _killed(processes: list[psutil.Process]) -> list[psutil.Process]:
    _signal(processes, signal.SIGKILL)
    return processes


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _pss(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", full.rss))
