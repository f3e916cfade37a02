"""The output of a process in a file that never grows beyond a bound."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

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
    return text.decode(errors="replace").splitlines()[-lines:] if lines else []


async def follow(path: Path, ended: Callable[[], bool]) -> AsyncIterator[str]:
    """Lines as they are written from now on, until `ended` and all are told."""
    position = _size(path)
    rest = ""
    while True:
        done = ended()
        position = 0 if _size(path) < position else position
        content = await asyncio.to_thread(_read, path, position)
        position += len(content)
        *lines, rest = (rest + content.decode(errors="replace")).split("\n")
        for line in lines:
            yield line
        if done:
            break
        await asyncio.sleep(_POLL)
    if rest:
        yield rest


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
