"""Time and disk: what happens once a second, and what is written behind the registry's back."""

import asyncio
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.relay.shares.book import Book
from appliance.relay.shares.storage import Storage, row
from appliance.relay.shares.ticking import tick

_log = structlog.get_logger(__name__)
_TICK = 1.0
_COUNTS = 30.0
"""Seconds between two writes of what passed through the shares."""


class Keeper:
    """Writes what changed. Nothing is lost while the disk refuses, only later."""

    def __init__(self, book: Book, storage: Storage) -> None:
        self._book = book
        self._storage = storage
        self._lock = asyncio.Lock()
        self._failing = False

    async def follow(self) -> None:
        """For ever."""
        counted = time.monotonic()
        while True:
            await asyncio.sleep(_TICK)
            tick(self._book)
            if time.monotonic() - counted >= _COUNTS:
                counted = time.monotonic()
                self.count()
            await self.write()

    def count(self) -> None:
        """Have the counts of shares in use written."""
        self._book.unwritten(entry.name for entry in self._book if entry.share.traffic.requests)

    async def write(self) -> bool:
        """Write what changed since the last time; whether it is on disk."""
        async with self._lock:
            changed, forgotten, used = self._book.take_unwritten()
            if not (changed or forgotten or used):
                return True
            rows = [row(entry) for entry in changed]
            try:
                await asyncio.to_thread(self._storage.save, rows, forgotten, used)
            except SQLAlchemyError as error:
                names = [*(values["name"] for values in rows), *forgotten]
                self._book.unwritten(names, (key.name for key in used))
                if not self._failing:
                    _log.error("shares.not_kept", reason=str(error.__cause__ or error))
                self._failing = True
                return False
            self._failing = False
            return True
