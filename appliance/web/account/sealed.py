"""What strangers begin is kept by themselves, encrypted: beginning a lot pushes nobody else out."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from appliance.auth.keys import Keys
from appliance.auth.secrets import Clock, new_id

_MOST = 10_000


class SealedOnce:
    """Texts to be given out and to come back once, within their life."""

    def __init__(self, keys: Keys, clock: Clock, life: timedelta) -> None:
        self._keys = keys
        self._clock = clock
        self._life = life.total_seconds()
        # What came back, for as long as it could come again. Not by the text: of one sealed text
        # there are many spellings.
        self._used: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, kind: str, told: Mapping[str, Any]) -> str:
        """`told` as JSON can hold it; `kind` keeps one use from passing for another."""
        until = self._clock() + self._life
        return self._keys.seal.encrypt(json.dumps([kind, until, new_id(), told]).encode()).decode()

    def take(self, kind: str, sealed: str) -> dict[str, Any] | None:
        """For the first who brings it."""
        plain = self._keys.unseal(sealed.encode("utf-8", "replace"))
        if plain is None:
            return None
        try:
            found, until, mark, told = json.loads(plain)
        except ValueError:
            return None
        if found != kind or until <= self._clock() or not self._first(mark):
            return None
        return dict(told)

    def _first(self, mark: str) -> bool:
        now = self._clock()
        with self._lock:
            while self._used and (
                len(self._used) >= _MOST or next(iter(self._used.values())) <= now
            ):
                self._used.popitem(last=False)
            if mark in self._used:
                return False
            self._used[mark] = now + self._life
            return True
