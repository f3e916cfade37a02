"""Whether the disk still takes what the appliance has to keep."""

import asyncio
from pathlib import Path

import structlog

from appliance import disk
from appliance.control.board import Board

_EVERY = 5.0
"""Seconds between looks; the kernel knows the answer without touching the disk."""

_log = structlog.get_logger(__name__)


async def follow(board: Board, folder: Path) -> None:
    """For ever."""
    while True:
        try:
            board.update(storage=await asyncio.to_thread(disk.state, folder))
        except OSError as error:
            _log.error("storage.unknown", folder=str(folder), reason=error.strerror)
        await asyncio.sleep(_EVERY)
