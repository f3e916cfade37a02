"""The output of a process in a file that never grows beyond a bound."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from appliance.apps.runtimes.lines import Lines, cut

MOST = 4 * 2**20
"""Bytes of one file; there are two at most, the current and the one before."""
_POLL = 0.25


def rotate(path: Path) -> None:
    """Set the file's content aside once it is too large.

    The process appends to the open file and goes on at its new end, so it need not know.
    """
    try:
        if path.stat().st_size <= MOST:
            return
        with path.open("rb+") as file:
            file.seek(-MOST // 2, os.SEEK_END)
            path.with_suffix(".1").write_bytes(file.read())
            file.truncate(0)
    except FileNotFoundError:
        return


def tail(path: Path, lines: int) -> list[str]:
    """The last lines, oldest first; lines set aside by `rotate` included."""
    text = b"".join(_read(part) for part in (path.with_suffix(".1"), path))
    last = text.decode(errors="replace").splitlines()[-lines:] if lines else []
    return [cut(line) for line in last]


async def follow(path: Path, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """Lines as they are written from now on, until `ended` and all are told."""
    position, lines = _size(path), Lines()
    while True:
        done = ended()
        position = 0 if _size(path) < position else position
        content = await asyncio.to_thread(_read, path, position)
        position += len(content)
        for line in lines.take(content.decode(errors="replace")):
            yield line
        if done:
            break
        await asyncio.sleep(_POLL)
    for line in lines.end():
        if line:
            yield line


def _read(path: Path, position: int = 0) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(position)
            return file.read(2 * MOST)
    except FileNotFoundError:
        return b""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
