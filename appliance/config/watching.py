"""Follows `appliance.yaml` as editors, Git and container platforms really change it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from appliance.config.findings import ConfigError, Finding
from appliance.config.loading import Loaded, load_text, read

SETTLE = 0.05
"""Seconds of quiet after an event: an editor's save is several of them."""
GONE_SETTLE = 0.25
"""An empty or missing file is most often one that is just being replaced."""
LOOK_ANYWAY = 0.4
"""Seconds between looks without an event: some mounts deliver none."""

_MOST_LOOKS = 20


async def changes(path: Path) -> AsyncIterator[Loaded | ConfigError]:
    """The state now, then every other state. Ends never; a missing file is a state like others.

    The folder is watched, not the file: editors and Git put a new file in the old one's place. A
    symbolic link's target folder is watched too, and looked up anew after every change.
    """
    last: _Look | None = None
    async with aclosing(_moments(path)) as moments:
        async for _ in moments:
            look = await asyncio.to_thread(_look, path)
            if look != last and (look := await _settled(path, look)) != last:
                last = look
                yield await asyncio.to_thread(_state, look, path)


async def _moments(path: Path) -> AsyncGenerator[None, None]:
    """Now, and whenever it is worth looking again."""
    yield None
    while True:
        folders = _folders(path)
        if not folders:
            await asyncio.sleep(LOOK_ANYWAY)
            yield None
            continue
        watch = awatch(
            *folders,
            watch_filter=None,
            step=int(SETTLE * 1000),
            debounce=int(4 * SETTLE * 1000),
            rust_timeout=int(LOOK_ANYWAY * 1000),
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
        )
        async with aclosing(watch):
            async for _ in watch:
                yield None
                if _folders(path) != folders:
                    break


def _folders(path: Path) -> tuple[Path, ...]:
    """Where a change may appear: beside the name, and beside what it leads to."""
    beside = (path.absolute().parent, path.resolve().parent)
    return tuple(sorted({folder for folder in beside if folder.is_dir()}))


def _look(path: Path) -> "_Look":
    try:
        return read(path)
    except ConfigError as error:
        return error.findings


async def _settled(path: Path, look: "_Look") -> "_Look":
    """What two looks agree on: a half-written file is not a configuration."""
    for _ in range(_MOST_LOOKS):
        there = isinstance(look, str) and look.strip()
        await asyncio.sleep(SETTLE if there else GONE_SETTLE)
        before, look = look, await asyncio.to_thread(_look, path)
        if look == before:
            break
    return look


def _state(look: "_Look", path: Path) -> Loaded | ConfigError:
    if not isinstance(look, str):
        return ConfigError(look)
    try:
        return load_text(look, path)
    except ConfigError as error:
        return error


_Look = str | tuple[Finding, ...]
"""The text, or why there is none."""
