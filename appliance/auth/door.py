"""The parts of the front door, made once when the control process starts."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from appliance.auth.audit import KEEP, Audit, Event
from appliance.auth.databases import known
from appliance.auth.keys import Keys, keys
from appliance.auth.people.identities import ExternalIdentities
from appliance.auth.people.links import Links
from appliance.auth.people.passwords import Passwords
from appliance.auth.people.people import People
from appliance.auth.secrets import Clock
from appliance.auth.sessions.session import Lives
from appliance.auth.sessions.sessions import Sessions
from appliance.auth.shortlived import ShortLived
from appliance.auth.signing_in.attempts import FailedAttempts, Lockouts
from appliance.auth.signing_in.checking import SigningIn
from appliance.auth.signing_in.locking import locking
from appliance.auth.signing_in.throttle import Limits, Lockout, Throttle
from appliance.auth.stats import AuthStats
from appliance.auth.tokens.token import MadeToken
from appliance.auth.tokens.tokens import Tokens
from appliance.config.secrets import Secret

_MADE = timedelta(minutes=10)


@dataclass(frozen=True)
class Rules:
    """What the YAML says that the parts ask for again and again."""

    lives: Lives = field(default_factory=Lives)
    limits: Limits = field(default_factory=Limits)
    audit: timedelta | None = KEEP
    """How long what was done and by whom is kept; None: for ever."""


@dataclass(frozen=True)
class Door:
    """Handed to those who put pages and listeners together; they pass on the parts they need."""

    engine: Engine
    keys: Keys
    people: People
    links: Links
    identities: ExternalIdentities
    sessions: Sessions
    tokens: Tokens
    throttle: Throttle
    attempts: FailedAttempts
    lockouts: Lockouts
    signing_in: SigningIn
    audit: Audit
    stats: AuthStats
    clock: Clock
    made: ShortLived[MadeToken]
    """Tokens that their owners have just made for the page about calling an app."""

    def tidy(self) -> None:
        """Write down what was kept back; from a thread, every few seconds and at the end."""
        self.sessions.tidy()
        self.tokens.tidy()
        self.attempts.flush()
        self.lockouts.flush()
        self.audit.flush()


def open_door(
    data: Path,
    rules: Callable[[], Rules] = Rules,
    clock: Clock = time.time,
    passwords: Passwords | None = None,
    database: Secret | None = None,
) -> Door:
    """Keys in the folder `data`, the rest there too, or in the database whose URL is given.

    Raises `UnusableKeyError`, `UnusableDatabaseError`, `AnotherDatabaseError`, `OSError`.
    """
    data.mkdir(parents=True, exist_ok=True)
    own = keys(data / "keys")
    engine = known(data, database)
    people = People(engine, passwords or Passwords(), clock)
    attempts = FailedAttempts(engine, clock)
    audit, stats = Audit(engine, clock, lambda: rules().audit), AuthStats()
    told = _of_lockouts(people, audit, stats)
    throttle, lockouts = locking(engine, clock, lambda: rules().limits, told)
    return Door(
        engine=engine,
        keys=own,
        people=people,
        links=Links(engine, clock),
        identities=ExternalIdentities(engine, clock),
        sessions=Sessions(engine, clock, lambda: rules().lives),
        tokens=Tokens(engine, clock),
        throttle=throttle,
        attempts=attempts,
        lockouts=lockouts,
        signing_in=SigningIn(people, throttle, attempts, audit, stats),
        audit=audit,
        stats=stats,
        clock=clock,
        made=ShortLived(clock, _MADE),
    )


def _of_lockouts(
    people: People, audit: Audit, stats: AuthStats
) -> Callable[[Lockout, str, str], None]:
    """Who hears of each new one."""

    def told(lockout: Lockout, account: str, address: str) -> None:
        stats.lockouts += 1
        person = people.by_name(account)
        subject, detail = person.name if person else "", f"number {lockout.times} in a row"
        audit.write(Event("lockout", subject=subject, address=address, detail=detail))

    return told
