"""Who is signed in, in which browser, on which host.

A session belongs to one host: its cookie is worth nothing on another one. All sessions that began
with one signing-in are a family and end together, also for want of use: what is used on one host
keeps the others. Sessions live in memory and in the database; a session that is ended or has run
out is gone at once. One that was made for an app inside another site's pages is worth nothing
anywhere else.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import Engine, bindparam, delete, insert, select, update

from appliance.auth import tables
from appliance.auth.failures import BurnedCodeError
from appliance.auth.secrets import Clock, digest, new_id, new_secret
from appliance.auth.sessions.session import NOBODY, Lives, Session, Signed, Visitor
from appliance.auth.steady import Steady

_AHEAD = 300.0
"""Seconds that a session may have begun after now: clocks are set."""
MOST_ALIKE = 200
"""Of a person and one token, or none: a program that signs in for every call pushes its own oldest
sessions out, and with a token nobody else's."""


class Sessions:
    """All of them. Methods that start, end or rotate write to the database: use a thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        lives: Callable[[], Lives] = Lives,
        elapsed: Clock = time.monotonic,
    ) -> None:
        """`elapsed`: seconds of a clock that is never set."""
        self._engine = engine
        self._steady = Steady(clock, elapsed)
        self._clock = clock
        self._lives = lives
        self._lock = threading.RLock()
        self._sessions = {session.digest: session for session in self._stored()}
        self._used: set[bytes] = set()
        self._seen: dict[str, float] = {}
        """When a family was used last, on whichever host."""
        for session in sorted(self._sessions.values(), key=lambda one: one.last_used):
            self._seen[session.family] = session.last_used
        self._turns: Counter[int] = Counter()

    @property
    def longest_life(self) -> timedelta:
        """For the cookie: a session never outlives it."""
        return self._lives().longest

    def find(self, secret: str, host: str) -> Session | None:
        """The session of a cookie on this host, marked as used; asks no database."""
        return self._found(secret, host, "")

    def find_embedded(self, secret: str, host: str, app: str) -> Session | None:
        """The same for an app inside another site's pages, which `site` names."""
        return self._found(secret, host, app)

    def _found(self, secret: str, host: str, app: str) -> Session | None:
        session = self._sessions.get(digest(secret))
        if session is None or session.host != host or session.app != app:
            return None
        now = self._clock()
        if not self._alive(session, now):
            return None
        session.last_used = now
        self._seen[session.family] = now
        self._used.add(session.digest)
        return session

    def lives(self, session: Session) -> bool:
        """Whether it has neither ended nor run out."""
        return self._sessions.get(session.digest) is session and self._alive(session, self._clock())

    def start(  # noqa: PLR0913 - all of it is in the session
        self,
        person: int,
        host: str,
        methods: Iterable[str],
        visitor: Visitor = NOBODY,
        *,
        token: str | None = None,
        confirmed: float | None = None,
    ) -> Signed:
        """Somebody has proved who he is, just now or when he was `confirmed` elsewhere.

        Always a new secret: none can be planted before.
        """
        now = self._clock()
        return self._add(
            Session(
                digest=b"",
                family=new_id(),
                person=person,
                host=host,
                methods=tuple(methods),
                token=token,
                browser=visitor.browser[:200],
                address=visitor.address[:45],
                created=now,
                confirmed=now if confirmed is None else min(confirmed, now),
                last_used=now,
            )
        )

    def hand_over(self, session: Session, host: str) -> Signed:
        """The same signing-in on another host; it lives no longer than the first.

        Raises `BurnedCodeError` if that has ended, as `embed` and `confirm` do.
        """
        return self._again(session, host=host)

    def embed(self, session: Session, app: str, site: str) -> Signed:
        """The same signing-in for an app inside the pages of `site`."""
        return self._again(session, app=app, site=site)

    def confirm(self, session: Session, method: str) -> Signed:
        """The person has proved once more who he is: the same session under a new secret."""
        methods = tuple(dict.fromkeys((*session.methods, method)))
        signed = self._again(session, methods=methods, confirmed=self._clock())
        self._drop([session])
        return signed

    def end(self, session: Session) -> None:
        """Sign out: everywhere this signing-in was handed to."""
        self.end_family(session.person, session.family)

    def end_family(self, person: int, family: str) -> bool:
        """Whether the person had such a family."""
        return self._drop(s for s in self._every(person) if s.family == family) > 0

    def end_all(self, person: int, *, except_family: str | None = None) -> int:
        """Sign out everywhere; the number of sessions that ended."""
        with self._lock:
            self._turns[person] += 1
        living = sum(s.family != except_family for s in self.of(person))
        # Also those that are good for nothing now: the clock may be wrong.
        self._drop(s for s in self._every(person) if s.family != except_family)
        return living

    def turn(self, person: int) -> int:
        """Another one as soon as the person is signed out everywhere.

        What somebody has begun before, and has no session yet, is worth nothing then either.
        """
        return self._turns[person]

    def end_of_token(self, token: str) -> None:
        self._drop(s for s in list(self._sessions.values()) if s.token == token)

    def of(self, person: int) -> list[Session]:
        """The living ones, the newest first."""
        now = self._clock()
        found = [s for s in self._every(person) if self._alive(s, now)]
        return sorted(found, key=lambda s: s.last_used, reverse=True)

    def __len__(self) -> int:
        return len(self._sessions)

    def tidy(self) -> None:
        """Write down when sessions were used last, and forget those that have run out.

        Not by a clock that was set a moment ago: until it is right they are good for nothing, but
        nobody has signed out.
        """
        now = self._clock()
        with self._lock:
            if self._steady():
                self._drop(s for s in list(self._sessions.values()) if not self._alive(s, now))
            families = {session.family for session in self._sessions.values()}
            for family in self._seen.keys() - families:
                del self._seen[family]
            used, self._used = self._used, set()
            rows = [
                {"key": key, "at": self._sessions[key].last_used}
                for key in used
                if key in self._sessions
            ]
            if rows:
                table = tables.sessions
                query = update(table).where(table.c.digest == bindparam("key"))
                with self._engine.begin() as connection:
                    connection.execute(query.values(last_used=bindparam("at")), rows)

    def _every(self, person: int) -> list[Session]:
        return [s for s in list(self._sessions.values()) if s.person == person]

    def _alive(self, session: Session, now: float) -> bool:
        lives, seen = self._lives(), self._seen.get(session.family, session.last_used)
        return (
            now - seen < lives.idle.total_seconds()
            # What began in a time to come would live until then and longer: the clock was wrong.
            and -_AHEAD < now - session.created < lives.longest.total_seconds()
        )

    def _again(self, session: Session, **changes: object) -> Signed:
        with self._lock:
            # It may have ended while its person typed, and must not come back by that.
            if not self.lives(session):
                raise BurnedCodeError
            return self._add(_copy(session, last_used=self._clock(), **changes))

    def _add(self, session: Session) -> Signed:
        secret = new_secret()
        session.digest = digest(secret)
        row = {**{name: getattr(session, name) for name in _COLUMNS}}
        row["methods"] = " ".join(session.methods)
        with self._lock:
            with self._engine.begin() as connection:
                connection.execute(insert(tables.sessions).values(row))
            self._sessions[session.digest] = session
            self._seen[session.family] = session.last_used
            alike = [s for s in self.of(session.person) if s.token == session.token]
            self._drop(alike[MOST_ALIKE:])
        return Signed(session, secret)

    def _drop(self, sessions: Iterable[Session]) -> int:
        with self._lock:
            ended = list(sessions)
            for session in ended:
                self._sessions.pop(session.digest, None)
            if ended:
                table = tables.sessions
                query = delete(table).where(table.c.digest == bindparam("key"))
                with self._engine.begin() as connection:
                    connection.execute(query, [{"key": s.digest} for s in ended])
        return len(ended)

    def _stored(self) -> list[Session]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(tables.sessions)).mappings().all()
        return [Session(**{**row, "methods": tuple(row["methods"].split())}) for row in rows]


_COLUMNS = tuple(column.name for column in tables.sessions.columns)


def _copy(session: Session, **changes: object) -> Session:
    values = {name: getattr(session, name) for name in _COLUMNS}
    return Session(**{**values, **changes})
