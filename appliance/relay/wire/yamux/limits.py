"""How much a peer may ask of one session."""

from dataclasses import dataclass

UNACKNOWLEDGED = 256
"""Streams a client may have opened that the server has not acknowledged yet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one session; a peer that keeps to the protocol never meets them."""

    streams: int = 4096
    """Live streams; further ones are reset at once."""
    opens_per_second: float = 500.0
    opens_burst: int = 4096
    pings_per_second: float = 10.0
    pings_burst: int = 100
    ping_interval: float = 30.0
    """Seconds between our own pings, whatever the traffic: they also measure the round trip."""
    ping_soon: float = 3.0
    """Seconds without a single byte after data was sent before the peer is pinged out of turn."""
    ping_timeout: float = 10.0
    """Seconds without a single byte after a ping before the peer counts as gone."""
    max_window: int = 16 * 1024 * 1024
    """Bytes one stream's receive window may grow to."""


class Allowance:
    """A bucket of tokens that fills at `rate` a second up to `burst`."""

    __slots__ = ("__weakref__", "_burst", "_left", "_rate", "_seen")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._left = self._burst
        self._seen = now

    def take(self, now: float) -> bool:
        """Take one token; False if there is none."""
        self._filled(now)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def fill(self, rate: float, now: float) -> None:
        """Fill at another rate from now on."""
        self._filled(now)
        self._rate = rate

    def _filled(self, now: float) -> None:
        if now > self._seen:
            self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
            self._seen = now
