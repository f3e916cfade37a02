"""How often somebody may try: per account, per address and network, and per account and address.

One person at one address is locked out after a few failures. An address that tries many accounts,
and an account that is tried from many addresses, are locked out later: so a stranger cannot keep
somebody out of his own account without spending many addresses on it. A /48 of IPv6, whose 65,536
networks cost no more than one, is locked out last. Each further lockout lasts twice as long as the
one before.
"""

import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from appliance.auth.failures import TooManyAttemptsError
from appliance.auth.secrets import Clock
from appliance.auth.whereabouts import NETWORK_FACTOR, network, place

ADDRESS_FACTOR, ACCOUNT_FACTOR = 4, 10
"""How many times `failures` an address may fail on all accounts, and an account in all."""
LONGEST = timedelta(days=1)
_ANY = bytes(16)
_REMEMBERED = 20_000
"""Names and addresses; the ones not heard of for longest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From the YAML (`auth.lockout`)."""

    failures: int = 5
    within: timedelta = timedelta(minutes=15)
    lasts: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Lockout:
    """Somebody may not try until then."""

    key: bytes
    """Digests of the account and the place; zeros where any is meant."""
    until: float
    times: int
    """How often in a row."""


class _Record:
    __slots__ = ("failed", "times", "until")

    def __init__(self) -> None:
        self.failed: deque[float] = deque()
        self.until = 0.0
        self.times = 0


class Throttle:
    """Counts failures; asks no database.

    `told` hears of each new lockout, and the account and address of the attempt that led to it.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Callable[[], Limits] = Limits,
        told: Callable[[Lockout, str, str], None] = lambda *_: None,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._told = told
        self._most = remembered
        self._records: OrderedDict[bytes, _Record] = OrderedDict()
        self._lock = threading.Lock()

    def restore(self, lockouts: Iterable[Lockout]) -> None:
        """Those of an earlier run."""
        with self._lock:
            for lockout in lockouts:
                record = self._record(lockout.key)
                record.until, record.times = lockout.until, lockout.times

    def check(self, account: str, address: str) -> None:
        """Raises `TooManyAttemptsError` while any of them is locked out."""
        now = self._clock()
        with self._lock:
            known = [self._records.get(key) for key, _ in _keys(account, address)]
            until = max((_until(record, now) for record in known if record), default=0.0)
        if until > now:
            raise TooManyAttemptsError(timedelta(seconds=until - now))

    def failed(self, account: str, address: str) -> None:
        """An attempt failed."""
        now, limits, new = self._clock(), self._limits(), []
        with self._lock:
            for key, factor in _keys(account, address):
                record = self._record(key)
                record.failed.append(now)
                # Also those of a time that is still to come: the clock was wrong.
                while not now - limits.within.total_seconds() < record.failed[0] <= now:
                    record.failed.popleft()
                if len(record.failed) >= limits.failures * factor:
                    new.append(_lock_out(key, record, now, limits))
        for lockout in new:
            self._told(lockout, account, address)

    def succeeded(self, account: str, address: str) -> None:
        """The person at this address is right again; what others did to the account stays."""
        with self._lock:
            self._records.pop(_keys(account, address)[0][0], None)

    def forgive(self, account: str) -> None:
        """An administrator lifts every lockout of an account."""
        name = _half(_account(account))
        with self._lock:
            for key in [key for key in self._records if key.startswith(name)]:
                del self._records[key]

    def in_force(self) -> list[Lockout]:
        """Those of now."""
        now = self._clock()
        with self._lock:
            known = [(key, _until(one, now), one.times) for key, one in self._records.items()]
        return [Lockout(*one) for one in known if one[1] > now]

    @property
    def locked_out(self) -> int:
        """How many are locked out now."""
        return len(self.in_force())

    def _record(self, key: bytes) -> _Record:
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
            if len(self._records) > self._most:
                self._records.popitem(last=False)
        self._records.move_to_end(key)
        return record


def _keys(account: str, address: str) -> tuple[tuple[bytes, int], ...]:
    name, where = _half(_account(account)), _half(place(address))
    keys = ((name + where, 1), (_ANY + where, ADDRESS_FACTOR), (name + _ANY, ACCOUNT_FACTOR))
    if wide := network(address):
        return (*keys, (_ANY + _half(wide), NETWORK_FACTOR))
    return keys


def _account(name: str) -> str:
    return name.strip().lower()


def _half(text: str) -> bytes:
    # A digest: strangers choose neither how much memory they take nor what is kept of them, which
    # may be a password typed into the wrong field.
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def _until(record: _Record, now: float) -> float:
    """When its lockout ends; none lasts longer than the longest from now on.

    One may seem to that began while the machine's clock was ahead: a battery was empty, say.
    """
    record.until = min(record.until, now + LONGEST.total_seconds())
    return record.until


def _lock_out(key: bytes, record: _Record, now: float, limits: Limits) -> Lockout:
    # Quiet for as long as the longest lockout: a new story.
    if now - record.until > LONGEST.total_seconds():
        record.times = 0
    seconds = limits.lasts.total_seconds() * 2.0 ** min(record.times, 20)
    record.times += 1
    record.until = now + min(seconds, LONGEST.total_seconds())
    record.failed.clear()
    return Lockout(key, record.until, record.times)
