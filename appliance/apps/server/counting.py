"""What visitors do with one app or share, in numbers from which nobody can tell who they are.

Counted on the event loop that serves them: plain additions, nothing that waits. The relay counts
its shares with this too; so it knows only the standard library.
"""

import base64
import math
import os
import re
import time
import zlib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

BOUNDS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Seconds: upper ends of the buckets of a duration; one more bucket takes what is longer."""
CLIENTS: Final = ("browser", "gradio_client", "@gradio/client", "curl", "other")
BITS: Final = 16_384
REFERRERS: Final = 100
"""Hosts told apart in an hour; the others count as `""`."""
HOUR: Final = 3600
_KEPT: Final = 3
"""Hours that are told again and again, in case who asks was away."""
_LONGEST_AGENT: Final = 300

Salts = Mapping[int, bytes]
"""By day since 1970, UTC."""

NOTHING, ASKED, AWAITED, CALLED = range(4)
"""What a request is to Gradio: nothing; a prediction begins; its result is awaited; both."""

_OURS = re.compile(r"/gradio_api/(?:(queue)/(join|data)|(run|api)/[^/]+|(call)/[^/]+(/[^/]+)?)/?\Z")
_OLDER = re.compile(r"/(?:(queue)/(join|data)|(run)/[^/]+|(call)/[^/]+(/[^/]+)?|(api)/predict)/?\Z")
_HOST = re.compile(rb"https?://([A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?(?:[/?#]|\Z)")


def meaning(method: str, path: str) -> int:
    """Of a request, in the words above. Gradio before 5 has no `/gradio_api`."""
    found = _OURS.search(path) if "/gradio_api/" in path else _OLDER.search(path)
    if found is None:
        return NOTHING
    if found[1]:
        wanted, then = ("POST", ASKED) if found[2] == "join" else ("GET", AWAITED)
    elif found[4]:
        wanted, then = ("GET", AWAITED) if found[5] else ("POST", ASKED)
    else:
        wanted, then = "POST", CALLED
    return then if method == wanted else NOTHING


@lru_cache(maxsize=1024)
def client(agent: bytes) -> int:
    """Index into `CLIENTS` by a User-Agent."""
    if agent.startswith(b"Mozilla/"):
        return 0
    if agent.startswith(b"gradio_client/"):
        return 1
    if agent in (b"node", b"undici") or agent.startswith((b"node/", b"Deno/", b"Bun/")):
        return 2
    return 3 if agent.startswith(b"curl/") else 4


def referrer(value: bytes, own: bytes) -> str | None:
    """The host that a Referer names, None if there is none or it is `own` (a Host)."""
    found = _HOST.match(value)
    if found is None:
        return None
    host = found[1].lower()
    return None if host == own.partition(b":")[0].lower() else host.decode("ascii")


class Hour:
    """The numbers of one hour."""

    __slots__ = (
        "clients",
        "durations",
        "failed",
        "hour",
        "latencies",
        "predictions",
        "received",
        "referrers",
        "refused",
        "requests",
        "sent",
    )

    def __init__(self, hour: int) -> None:
        self.hour = hour
        """Since 1970."""
        self.requests = 0
        self.predictions = 0
        """Calls of the app's functions that were asked for."""
        self.refused = 0
        """Answers 4xx."""
        self.failed = 0
        """Answers 5xx, and none at all."""
        self.received = 0
        """Bytes from visitors."""
        self.sent = 0
        """Bytes to visitors."""
        self.latencies = [0] * (len(BOUNDS) + 1)
        """Time until the first byte of an answer, by bucket."""
        self.durations = [0] * (len(BOUNDS) + 1)
        """Time until a prediction's result was complete, by bucket."""
        self.clients = [0] * len(CLIENTS)
        self.referrers: dict[str, int] = {}

    def document(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__slots__}
        found["clients"] = dict(zip(CLIENTS, self.clients, strict=True))
        return found


class Visitors:
    """How many came on one day.

    An address sets one of 16,384 bits by a hash with the day's salt. From the bits nobody can tell
    an address, since many share each of them, and nobody at all once the salt is gone; their number
    tells how many came (linear counting: exact for a few, within some percent for tens of
    thousands).
    """

    __slots__ = ("bits", "day", "set")

    def __init__(self, day: int) -> None:
        self.day = day
        self.bits = bytearray(BITS // 8)
        self.set = 0

    def came(self, address: bytes, salt: bytes) -> None:
        digest = blake2b(address, digest_size=2, key=salt).digest()
        number = int.from_bytes(digest, "big") % BITS
        byte, bit = number >> 3, 1 << (number & 7)
        if not self.bits[byte] & bit:
            self.bits[byte] |= bit
            self.set += 1


def estimate(bits_set: int) -> int:
    """About how many different addresses set so many bits."""
    return round(BITS * math.log(BITS / max(BITS - bits_set, 1)))


class Counts:
    """All of one app or share. It takes memory from the first visitor on."""

    __slots__ = ("_former", "_hour", "_last", "_visitors", "_yesterday")

    def __init__(self) -> None:
        self._hour = Hour(-1)
        self._former: list[Hour] = []
        self._last = b""
        self._visitors: Visitors | None = None
        self._yesterday: Visitors | None = None

    def came(self, salts: Salts, address: bytes, agent: bytes, what: int) -> Hour:
        """Count a request; what becomes of it is added to the hour that is answered."""
        number = int(time.time()) // HOUR
        hour = self._hour
        if hour.hour != number:
            hour = self._turn(number)
        hour.requests += 1
        if what in (ASKED, CALLED):
            hour.predictions += 1
        hour.clients[client(agent[:_LONGEST_AGENT])] += 1
        if address != self._last:
            self._meet(salts, address, number // 24)
        return hour

    def visitors(self, day: int) -> int:
        """About how many came on that day, which is today."""
        found = self._visitors
        return estimate(found.set) if found is not None and found.day == day else 0

    def document(self) -> dict[str, Any]:
        """What is told; empty lists if nobody came."""
        hours = [*self._former, self._hour] if self._hour.hour >= 0 else []
        known = [one for one in (self._yesterday, self._visitors) if one is not None]
        return {
            "hours": [hour.document() for hour in hours],
            "visitors": {str(one.day): packed(one.bits) for one in known},
        }

    def _turn(self, number: int) -> Hour:
        if self._hour.hour >= 0:
            self._former = [*self._former, self._hour][1 - _KEPT :]
        self._hour = Hour(number)
        self._last = b""  # of another day, perhaps
        return self._hour

    def _meet(self, salts: Salts, address: bytes, day: int) -> None:
        known, salt = self._visitors, salts.get(day)
        if known is None or known.day != day:
            if salt is None:
                return
            self._yesterday, self._visitors = known, Visitors(day)
            known = self._visitors
        if salt is not None:
            known.came(address, salt)
            self._last = address


def answered(hour: Hour, status: int, seconds: float) -> None:
    """An answer has begun, `seconds` after its request."""
    hour.latencies[bucket(seconds)] += 1
    if status >= 500:
        hour.failed += 1
    elif status >= 400:
        hour.refused += 1


def came_from(hour: Hour, host: str) -> None:
    """A page was opened from another site."""
    known = hour.referrers
    if host not in known and len(known) >= REFERRERS:
        host = ""
    known[host] = known.get(host, 0) + 1


def bucket(seconds: float) -> int:
    """Index of the bucket that takes a duration."""
    for index, bound in enumerate(BOUNDS):
        if seconds <= bound:
            return index
    return len(BOUNDS)


def packed(bits: bytes | bytearray) -> str:
    """Bits of visitors as text, short if they are few."""
    return base64.b64encode(zlib.compress(bits, 1)).decode("ascii")


class Counting:
    """Whether and how this process counts, as control last said. Without a word it does not."""

    __slots__ = ("salts", "source")

    def __init__(self) -> None:
        self.salts: Salts | None = None
        """None: nothing is counted."""
        self.source = os.urandom(8).hex()
        """Tells this process's numbers from those of the one before it."""

    def follow(self, salts: Mapping[str, str]) -> None:
        """Salts in hex by day; none at all: stop. Raises ValueError."""
        found = {int(day): bytes.fromhex(salt) for day, salt in salts.items()}
        if any(not 16 <= len(salt) <= 64 for salt in found.values()):
            raise ValueError("a salt has 16 to 64 bytes")
        self.salts = found or None
