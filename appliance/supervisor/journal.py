"""What the children write: one file each, bounded in size.

Children write to the file themselves, so that none of them ever blocks or dies because of the
process that reads along.
"""

import shutil
from pathlib import Path
from typing import BinaryIO

LIMIT = 10 * 2**20
"""Bytes of one file; as much again is kept of what came before."""
_TAIL = 64 * 2**10


class Journal:
    """The log file of one child."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path = path
        self._limit = limit

    def open(self) -> BinaryIO:
        """For appending: after `trim` a child goes on at the file's new end."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("ab", buffering=0)

    def trim(self) -> None:
        """Set the file's content aside once it is larger than the limit."""
        if self.path.exists() and self.path.stat().st_size > self._limit:
            former = self.path.with_name(self.path.name + ".1")
            shutil.copyfile(self.path, former)
            with self.path.open("r+b") as file:
                file.truncate()

    def tail(self, lines: int, since: int = 0) -> list[str]:
        """The last lines written after the position `since` (bytes)."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            start = since if since <= size else 0
            file.seek(max(start, size - _TAIL))
            text = file.read().decode(errors="replace")
        return text.splitlines()[-lines:]

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
