"""What was done and by whom: appended, never changed, without secrets.

Events are taken at once and written by `flush`, a moment later. A flood of one kind is cut, so that
it fills no disk and pushes nothing else out: what was dropped is counted and told in an event of
its own. Each person floods for himself alone, and all strangers together: nobody hides what
somebody else does.

What is written goes by its age alone, and by a clock that can be believed.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, insert, or_, select

from appliance.auth import tables
from appliance.auth.secrets import Clock
from appliance.auth.steady import Steady

MOST_A_MINUTE, MOST_A_DAY = 120, 10_000
"""Events of one kind by one person, or by strangers."""
KEEP = timedelta(days=365)
_PRUNED_EVERY = 3600.0
_WAITING = 10_000
_Who = tuple[str, str]
"""A kind of events, and whose."""
_LENGTHS = {"kind": 40, "actor": 64, "subject": 64, "app": 64, "address": 45, "detail": 500}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    kind: str
    """`sign-in.succeeded`, `sign-in.failed`, `lockout`, `person.created`, `token.revoked`, …"""
    actor: str = ""
    """Name of the person who did it, `cli` for the command line, empty for a stranger."""
    subject: str = ""
    """Whom or what it was done to."""
    app: str = ""
    address: str = ""
    detail: str = ""
    """A few plain words; never a secret."""
    at: float = 0.0
    """Unix seconds."""

    def as_json(self) -> dict[str, Any]:
        """With the time as people write it; what is empty is left out."""
        told = {key: value for key, value in asdict(self).items() if value and key != "at"}
        at = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")
        return {"at": at, **told}


class Audit:
    """The log of one appliance."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        keep: Callable[[], timedelta | None] = lambda: KEEP,
        elapsed: Clock = time.monotonic,
    ) -> None:
        """`keep`: how long events are kept; None: for ever. `elapsed`: of a clock never set."""
        self._engine = engine
        self._clock = clock
        self._keep = keep
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: deque[Event] = deque()
        self._minute = self._day = 0
        self._this_minute: Counter[_Who] = Counter()
        self._this_day: Counter[_Who] = Counter()
        self._dropped: Counter[_Who] = Counter()
        self._pruned: tuple[float, timedelta | None] = (0.0, None)
        self._steady = Steady(clock, elapsed)

    def write(self, event: Event) -> None:
        """Take note, with the time of now; never waits and never fails."""
        now = self._clock()
        texts = {key: _plain(getattr(event, key), most) for key, most in _LENGTHS.items()}
        with self._lock:
            self._turn_of_the_minute(now)
            who = (event.kind, event.actor)
            if self._has_room(who):
                self._this_minute[who] += 1
                self._this_day[who] += 1
                self._waiting.append(Event(**texts, at=now))
            else:
                self._dropped[who] += 1

    def flush(self) -> None:
        """Write what is waiting, forget what is old; call it from a thread, every few seconds."""
        with self._writing:
            with self._lock:
                self._turn_of_the_minute(self._clock())
                batch = list(self._waiting)
            if batch:
                with self._engine.begin() as connection:
                    connection.execute(insert(tables.audit), [asdict(event) for event in batch])
            with self._lock:
                # A database that refuses keeps the events waiting, the bounded number of them.
                for _ in batch:
                    self._waiting.popleft()
            self._prune(self._clock(), self._keep())

    def read(  # noqa: PLR0913 - each narrows what is found
        self,
        *,
        since: float = 0.0,
        kind: str = "",
        person: str = "",
        words: str = "",
        skip: int = 0,
        most: int = 1000,
    ) -> Iterator[Event]:
        """Newest first, without the newest `skip`.

        `kind` may be the first words of one; `person` did it or it was done to him; each of the
        `words` is somewhere in the event.
        """
        self.flush()
        table = tables.audit
        query = (
            select(table)
            .where(table.c.at >= since)
            .order_by(table.c.id.desc())
            .offset(skip)
            .limit(most)
        )
        if kind:
            query = query.where(table.c.kind.startswith(kind, autoescape=True))
        if person:
            query = query.where((table.c.actor == person) | (table.c.subject == person))
        for word in words.split():
            columns = (table.c[name] for name in _LENGTHS)
            query = query.where(or_(*(c.icontains(word, autoescape=True) for c in columns)))
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        for row in rows:
            yield Event(**{key: value for key, value in row.items() if key != "id"})

    def _prune(self, now: float, keep: timedelta | None) -> None:
        """Rarely, and at once when less is to be kept."""
        before, kept = self._pruned
        if not self._steady():
            return
        if keep is None or (keep == kept and abs(now - before) < _PRUNED_EVERY):
            return
        table, oldest = tables.audit, now - keep.total_seconds()
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.at < oldest))
        self._pruned = now, keep

    def _has_room(self, who: _Who) -> bool:
        return (
            self._this_minute[who] < MOST_A_MINUTE
            and self._this_day[who] < MOST_A_DAY
            and len(self._waiting) < _WAITING
        )

    def _turn_of_the_minute(self, now: float) -> None:
        if int(now // 60) == self._minute:
            return
        self._minute = int(now // 60)
        for (kind, actor), count in self._dropped.items():
            more = f"{count} more" + (f" by {actor}" if actor else "")
            told = Event("audit.dropped", subject=kind, detail=more, at=now)
            self._waiting.append(told)
        self._this_minute.clear()
        self._dropped.clear()
        if int(now // 86_400) != self._day:
            self._day = int(now // 86_400)
            self._this_day.clear()


def _plain(text: str, longest: int) -> str:
    """One line that steers no terminal."""
    return "".join(char if char.isprintable() else "·" for char in text[:longest])
