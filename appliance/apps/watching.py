"""Notices that a person saved a file of an app."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, awatch

from appliance.apps.sources.folder import LEFT_OUT
from appliance.apps.sources.location import Local

DEBOUNCE = 500
"""Milliseconds: an editor or `git pull` writes several files at once."""
_MISSING = 2.0
"""Seconds between looks for a folder that is not there."""


async def watch(
    location: Local, base_folder: Path, without: tuple[Path, ...], changed: Callable[[], None]
) -> None:
    """Call `changed` after every change of the source, for ever."""
    # Beside appliance.yaml there are the appliance's own folders, which change all the time.
    shallow = location.folder == await asyncio.to_thread(base_folder.resolve)

    def matters(_: Change, name: str) -> bool:
        path = Path(name)
        inside = path.relative_to(location.folder).parts if _inside(path, location.folder) else ()
        return not LEFT_OUT.intersection(inside) and not any(
            _inside(path, folder) for folder in without
        )

    while True:
        was_there = await asyncio.to_thread(location.folder.is_dir)
        while not await asyncio.to_thread(location.folder.is_dir):  # noqa: ASYNC110 (nothing to watch)
            await asyncio.sleep(_MISSING)
        if not was_there:
            changed()
        try:
            async for _ in awatch(
                location.folder,
                debounce=DEBOUNCE,
                step=50,
                recursive=not shallow,
                watch_filter=matters,
                ignore_permission_denied=True,
            ):
                changed()
                if not await asyncio.to_thread(location.folder.is_dir):
                    break
        except (FileNotFoundError, RuntimeError):
            await asyncio.sleep(_MISSING)


def _inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)
