"""Asks those who count, keeps what they tell, and knows the last day by heart for the pages."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.apps.server.counting import HOUR
from appliance.visits.believed import Believed
from appliance.visits.model import Ask, Kind, Reports
from appliance.visits.storage import Storage, Subject
from appliance.visits.tally import Tally

_log = structlog.get_logger(__name__)
EVERY = 10.0
"""Seconds between two questions."""
_DAY_LONG = 24
_KEPT_WHEN_OFF = 400
"""Days; nobody says how long what was counted before is wanted."""


Counter = Callable[[Ask], Awaitable[Reports]]
"""Somebody who counts. Raises `AwayError`."""


class AwayError(Exception):
    """Who was asked does not answer; what it counted is told the next time."""


class Visits:
    """All visits of one appliance."""

    def __init__(
        self,
        storage: Storage,
        counters: Mapping[Kind, Counter],
        keep: Callable[[], timedelta | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`keep` of the YAML in force; None: nothing is counted."""
        self.storage = storage
        self.tally = Tally()
        self._believed = Believed()
        self._counters = counters
        self._keep = keep
        self._clock = clock
        self._recent: Mapping[Subject, Mapping[int, int]] = {}
        self._failing = False
        self._away: set[Kind] = set()
        self._collecting = asyncio.Lock()

    @property
    def counted(self) -> bool:
        return self._keep() is not None

    @property
    def hour(self) -> int:
        """Since 1970."""
        return int(self._clock()) // HOUR

    def recent(self, kind: Kind, name: str) -> tuple[int, ...]:
        """Requests in each of the last 24 hours, the one that goes on last."""
        found, now = self._recent.get((kind, name), {}), self.hour
        return tuple(found.get(hour, 0) for hour in range(now - _DAY_LONG + 1, now + 1))

    async def collect(self) -> None:
        """Ask once. A database that refuses loses nothing that is asked for again soon."""
        async with self._collecting:
            try:
                await self._collect()
            except SQLAlchemyError as error:
                if not self._failing:
                    _log.error("visits.not_written", reason=str(error.__cause__ or error))
                self._failing = True
            else:
                self._failing = False

    async def _collect(self) -> None:
        keep, hour = self._keep(), self.hour
        if keep is None:
            await self._ask(Ask(salts={}))
            await asyncio.to_thread(self.storage.roll_up, hour, _KEPT_WHEN_OFF)
            self._recent = {}
            return
        salts = await asyncio.to_thread(self.storage.salts, hour // 24)
        ask = Ask(salts={day: salt.hex() for day, salt in salts.items()})
        first = await asyncio.to_thread(self.storage.oldest)
        for kind, told in (await self._ask(ask)).items():
            reports = self._believed.of(kind, told.reports, hour, first)
            self.tally.add(kind, reports, hour)
            await asyncio.to_thread(self.storage.write, kind, reports)
        await asyncio.to_thread(self.storage.roll_up, hour, max(1, keep.days))
        since = hour - _DAY_LONG + 1
        self._recent = await asyncio.to_thread(self.storage.requests, since)

    async def _ask(self, ask: Ask) -> dict[Kind, Reports]:
        async def of(kind: Kind, counter: Counter) -> tuple[Kind, Reports]:
            try:
                found = await counter(ask)
            except AwayError as away:
                if kind not in self._away:
                    _log.info("visits.missing", kind=kind, reason=str(away)[:500])
                self._away.add(kind)
                return kind, Reports(reports=())

            self._away.discard(kind)
            return kind, found

        return dict(await asyncio.gather(*(of(*item) for item in self._counters.items())))
