"""Things that are kept for minutes and fetched once: hand-over codes, half-done signing-in."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from appliance.auth.secrets import Clock, digest, new_secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    value: T
    until: float


class ShortLived(Generic[T]):
    """In memory alone; when there are too many, the oldest go first."""

    def __init__(self, clock: Clock, life: timedelta, most: int = 10_000) -> None:
        self._clock = clock
        self._life = life.total_seconds()
        self._most = most
        self._kept: OrderedDict[bytes, _Kept[T]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, value: T) -> str:
        """Keep it; the secret that fetches it."""
        secret = new_secret()
        now = self._clock()
        with self._lock:
            # All live equally long, so the oldest are in front.
            while self._kept and (
                len(self._kept) >= self._most or next(iter(self._kept.values())).until <= now
            ):
                self._kept.popitem(last=False)
            self._kept[digest(secret)] = _Kept(value, now + self._life)
        return secret

    def look(self, secret: str) -> T | None:
        """The value, which stays."""
        with self._lock:
            kept = self._kept.get(digest(secret))
        return kept.value if kept and kept.until > self._clock() else None

    def take(self, secret: str) -> T | None:
        """The value, for the first who asks."""
        with self._lock:
            kept = self._kept.pop(digest(secret), None)
        return kept.value if kept and kept.until > self._clock() else None

    def __len__(self) -> int:
        return len(self._kept)
