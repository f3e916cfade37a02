"""The app's own folders: how full they are, and the janitor that keeps `temp` tidy.

Gradio's `delete_cache` knows only the files its own process made; after a restart nobody would
remove the older ones.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .settings import Storage

_MEASURE_EVERY = 60.0
_DEEP_LINKS = "deep_links"


class Usage:
    """Bytes in the app's folders: measured now and then, added up in between."""

    def __init__(self, storage: Storage) -> None:
        self.limit = storage.disk_limit
        self.folders = (storage.temp, storage.examples, storage.data)
        self.used = 0

    def measure(self) -> None:
        if self.limit is not None:
            self.used = size_of(self.folders)

    def add(self, size: int) -> None:
        self.used += size

    def is_full(self, more: int = 0) -> bool:
        return self.limit is not None and self.used + more >= self.limit


def size_of(folders: Iterable[str]) -> int:
    """Bytes allocated to all files in the folders; each file once, even if folders overlap."""
    seen: dict[tuple[int, int], int] = {}
    for folder in folders:
        for entry in files_in(folder):
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())


def files_in(folder: str) -> Iterator["os.DirEntry[str]"]:
    """All files and links below a folder; what vanishes meanwhile is left out."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        if is_folder:
            yield from files_in(entry.path)
        else:
            yield entry


def sweep(temp: str, keep: float, now: float, in_use: Iterable[str]) -> int:
    """Removes files in `temp` untouched for `keep` seconds; returns how many.

    What is in use is touched instead, so that other processes on the same folder keep it too:
    `in_use` and whatever a deep link that is still fresh refers to.
    """
    oldest = now - keep
    for path in (*in_use, *_linked(temp, oldest)):
        if _inside(path, temp):
            _touch(path, now)
    removed = 0
    for entry in files_in(temp):
        try:
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                Path(entry.path).unlink()
                removed += 1
        except OSError:
            continue
    _remove_empty_folders(temp, oldest)
    return removed


def _linked(temp: str, oldest: float) -> Iterator[str]:
    """Files that deep links (snapshots of an app's values) refer to."""
    for entry in files_in(str(Path(temp, _DEEP_LINKS))):
        try:
            if entry.stat(follow_symlinks=False).st_mtime >= oldest:
                yield from paths_in(json.loads(Path(entry.path).read_bytes()))
        except (OSError, ValueError):
            continue


def paths_in(value: object) -> Iterator[str]:
    """All absolute paths among the strings of a JSON value."""
    if isinstance(value, str):
        if value.startswith("/"):
            yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from paths_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from paths_in(member)


def _inside(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def _touch(path: str, now: float) -> None:
    try:
        os.utime(path, (now, now))
    except OSError:
        return


def _remove_empty_folders(folder: str, oldest: float) -> None:
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            if path != folder and Path(path).stat().st_mtime < oldest:
                Path(path).rmdir()
        except OSError:
            continue


class Janitor:
    """Sweeps and measures in a thread of its own."""

    def __init__(self, storage: Storage, usage: Usage, in_use: Callable[[], Iterable[str]]) -> None:
        self.storage = storage
        self.usage = usage
        self.in_use = in_use
        # Files in use must be touched well before another process takes them for old.
        self.period = max(0.05, min(storage.check_every, storage.keep / 2))

    def start(self) -> None:
        threading.Thread(target=self._work, name="janitor", daemon=True).start()

    def _work(self) -> None:
        next_sweep = time.monotonic()
        while True:
            if time.monotonic() >= next_sweep:
                sweep(self.storage.temp, self.storage.keep, time.time(), self.in_use())
                next_sweep = time.monotonic() + self.period
            self.usage.measure()
            time.sleep(min(self.period, _MEASURE_EVERY))
