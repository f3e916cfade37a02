"""What survives a restart of the throttle, and what people are told of attempts on them.

Kept in memory and written by `flush`: an attempt on somebody who exists must not take longer than
one on somebody who does not.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Engine, delete, insert, select

from appliance.auth import tables
from appliance.auth.secrets import Clock
from appliance.auth.signing_in.throttle import Lockout


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failed attempts on a person since his last success."""

    count: int
    last: float
    last_address: str


class FailedAttempts:
    """Counts for the notice at the next signing-in."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._changed: set[int] = set()
        with engine.connect() as connection:
            rows = connection.execute(select(tables.failed_attempts)).mappings().all()
        self._attempts = {
            row["person"]: Attempts(row["count"], row["last"], row["last_address"]) for row in rows
        }

    def note(self, person: int, address: str) -> None:
        now = self._clock()
        with self._lock:
            known = self._attempts.get(person, Attempts(0, now, ""))
            self._attempts[person] = replace(
                known, count=known.count + 1, last=now, last_address=address[:45]
            )
            self._changed.add(person)

    def take(self, person: int) -> Attempts | None:
        """What to tell the person, once."""
        with self._lock:
            self._changed.add(person)
            return self._attempts.pop(person, None)

    def flush(self) -> None:
        with self._lock:
            changed, self._changed = self._changed, set()
            rows = [
                {
                    "person": person,
                    "count": found.count,
                    "last": found.last,
                    "last_address": found.last_address,
                }
                for person in changed
                if (found := self._attempts.get(person)) is not None
            ]
        if not changed:
            return
        table = tables.failed_attempts
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person.in_(changed)))
            living = select(tables.people.c.id).where(tables.people.c.id.in_(changed))
            people = set(connection.execute(living).scalars())
            kept = [row for row in rows if row["person"] in people]
            if kept:
                connection.execute(insert(table), kept)


class Lockouts:
    """Those in force, so that a restart forgives nobody."""

    def __init__(
        self, engine: Engine, clock: Clock, left: Callable[[], Iterable[Lockout]] = tuple
    ) -> None:
        """`left`: what stays in force when an administrator forgives somebody."""
        self._engine = engine
        self._clock = clock
        self._left = left
        self._lock = threading.Lock()
        self._new: list[Lockout] = []

    def in_force(self) -> list[Lockout]:
        table = tables.lockouts
        query = select(table).where(table.c.until > self._clock())
        with self._engine.connect() as connection:
            return [Lockout(**row) for row in connection.execute(query).mappings()]

    def note(self, lockout: Lockout) -> None:
        with self._lock:
            self._new.append(lockout)

    def forget(self) -> None:
        """Everything: an administrator forgives, and the next flush writes what is left."""
        with self._lock:
            self._new = list(self._left())
        with self._engine.begin() as connection:
            connection.execute(delete(tables.lockouts))

    def flush(self) -> None:
        with self._lock:
            new, self._new = {lockout.key: lockout for lockout in self._new}, []
        if not new:
            return
        table = tables.lockouts
        rows = [{"key": n.key, "until": n.until, "times": n.times} for n in new.values()]
        with self._engine.begin() as connection:
            outdated = (table.c.until <= self._clock()) | table.c.key.in_(list(new))
            connection.execute(delete(table).where(outdated))
            connection.execute(insert(table), rows)
