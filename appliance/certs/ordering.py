"""When to ask a certificate authority for what. Pure: a clock's time goes in as an argument."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from appliance.certs.choosing import missing
from appliance.certs.history import Attempt, History
from appliance.certs.model import Certificate
from appliance.config.tls import Tls


class Why(StrEnum):
    """Why an order is made."""

    FIRST = "first"
    """There is no certificate."""
    EXTEND = "extend"
    """A name is not in it yet."""
    RENEW = "renew"
    """Two thirds of its life are over."""
    ASKED = "asked"
    """A person said so."""


@dataclass(frozen=True)
class Order:
    names: tuple[str, ...]
    why: Why


@dataclass(frozen=True)
class Wait:
    until: datetime
    limited: bool = False
    """An order is due, but the authority must not be asked before."""


@dataclass(frozen=True)
class Limits:
    """What an authority allows, less a margin, and how long to wait after a failure."""

    first_pause: timedelta
    longest_pause: timedelta
    failures_an_hour: int
    same_names_a_week: int
    certificates_a_week: int


_NO_LIMIT = 100_000
LETS_ENCRYPT = Limits(
    first_pause=timedelta(minutes=5),
    longest_pause=timedelta(hours=12),
    failures_an_hour=4,
    same_names_a_week=4,
    certificates_a_week=45,
)
"""Theirs, as published: 5 failed validations an hour, 5 equal and 50 new certificates a week."""
OF_OTHERS = replace(LETS_ENCRYPT, same_names_a_week=_NO_LIMIT, certificates_a_week=_NO_LIMIT)
"""An authority of everybody's, whose limits are its own: what fails there is asked as seldom."""
OWN = Limits(
    first_pause=timedelta(seconds=5),
    longest_pause=timedelta(hours=1),
    failures_an_hour=60,
    same_names_a_week=_NO_LIMIT,
    certificates_a_week=_NO_LIMIT,
)
"""An authority of one's own."""

_HOUR, _WEEK = timedelta(hours=1), timedelta(days=7)
_FAR = timedelta(days=1)
_DUE, _JITTER = 2 / 3, 0.05
"""Parts of a certificate's life."""
_EVER = datetime.min.replace(tzinfo=UTC)


def limits_of(tls: Tls) -> Limits:
    """Who needs a root to be told for the directory itself is nobody that all the world asks."""
    if tls.directory.startswith("letsencrypt"):
        return LETS_ENCRYPT
    return OWN if tls.directory_ca else OF_OTHERS


def next_step(  # noqa: PLR0913, PLR0917 - a decision and all it depends on
    names: tuple[str, ...],
    certificates: Sequence[Certificate],
    history: History,
    subject: str,
    now: datetime,
    limits: Limits,
) -> Order | Wait:
    """What to do about `names`.

    `certificates` and `history` are of the authority in question; `subject` is the digest that an
    attempt would have now: a change in the YAML starts over.
    """
    if not names:
        return Wait(now + _FAR)
    best = _best(names, certificates, now)
    if best is not None and now < (due := renewal(best)):
        return Wait(due)
    why = Why.RENEW if best else Why.EXTEND if _any(names, certificates, now) else Why.FIRST
    allowed = _allowed(names, history, subject, limits)
    return Order(names, why) if now >= allowed else Wait(allowed, limited=True)


def renewal(certificate: Certificate) -> datetime:
    """When it is to be renewed: not all appliances of the world at the same moment."""
    life = certificate.not_after - certificate.not_before
    share = int(certificate.fingerprint[:8], 16) / 0xFFFFFFFF
    return certificate.not_before + life * (_DUE - _JITTER * share)


def _best(
    names: tuple[str, ...], certificates: Sequence[Certificate], now: datetime
) -> Certificate | None:
    """The newest that covers all names; older ones that do are as good as replaced."""
    covering = [one for one in certificates if not missing([one], names, now)]
    return max(covering, key=lambda one: (one.not_before, one.not_after), default=None)


def _any(names: tuple[str, ...], certificates: Sequence[Certificate], now: datetime) -> bool:
    return len(missing(certificates, names, now)) < len(names)


def _allowed(names: tuple[str, ...], history: History, subject: str, limits: Limits) -> datetime:
    """The first moment at which the authority may be asked."""
    earliest = [attempt.not_before for attempt in history if attempt.not_before is not None]
    tried = [attempt for attempt in history if attempt.subject == subject]
    if tried and tried[-1].failed:
        earliest.append(tried[-1].at + _pause(tried, limits))
    failures = [attempt.at for attempt in history if attempt.failed]
    issued = [attempt for attempt in history if attempt.fingerprint]
    same = [attempt.at for attempt in issued if set(attempt.names) == set(names)]
    earliest += _after(failures, limits.failures_an_hour, _HOUR)
    earliest += _after(same, limits.same_names_a_week, _WEEK)
    earliest += _after([attempt.at for attempt in issued], limits.certificates_a_week, _WEEK)
    return max(earliest, default=_EVER)


def _pause(tried: Sequence[Attempt], limits: Limits) -> timedelta:
    """Doubles with each failure in a row."""
    row = sum(1 for _ in takewhile(lambda attempt: attempt.failed, reversed(tried)))
    doubled: timedelta = limits.first_pause * 2 ** min(row - 1, 20)
    return min(doubled, limits.longest_pause)


def _after(moments: list[datetime], most: int, span: timedelta) -> list[datetime]:
    """When the oldest of the last `most` is `span` ago; empty while there are fewer."""
    return [moments[-most] + span] if len(moments) >= most else []


def subject_of(*parts: str) -> str:
    """The digest of what an order depends on."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
