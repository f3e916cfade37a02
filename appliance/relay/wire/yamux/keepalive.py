"""Our pings: whether the peer is still there, and how far away it is."""

from appliance.relay.wire.yamux import frame
from appliance.relay.wire.yamux.limits import Limits


class Keepalive:
    """Pings at once, then every `ping_interval`.

    A peer is gone when a ping is out and not one byte arrives in time. Any byte counts as a sign of
    life, because the answer may wait behind megabytes on a slow uplink.
    """

    __slots__ = ("_due", "_interval", "_sent", "_timeout", "_value", "heard", "round_trip")

    def __init__(self, limits: Limits, now: float) -> None:
        self._interval = limits.ping_interval
        self._timeout = limits.ping_timeout
        self._value = 0
        self._due = now
        self._sent: float | None = None
        self.heard = now
        self.round_trip = 0.0
        """Shortest answer so far, seconds; 0 before the first."""

    def next_timeout(self) -> float:
        if self._sent is None:
            return self._due
        return max(self._sent, self.heard) + self._timeout

    def lost(self, now: float) -> bool:
        return self._sent is not None and now >= self.next_timeout()

    def ping(self, now: float) -> bytes:
        """The ping to send now, empty if none is due."""
        if self._sent is not None or now < self._due:
            return b""
        self._sent = now
        self._due = now + self._interval
        return frame.ping(self._value)

    def hurry(self, now: float) -> None:
        """Let the next ping be due, unless one is out."""
        if self._sent is None:
            self._due = min(self._due, now)

    def answered(self, value: int, now: float) -> None:
        """Take an answer; one to no question of ours is ignored."""
        if self._sent is None or value != self._value:
            return
        elapsed = now - self._sent
        self.round_trip = min(self.round_trip, elapsed) if self.round_trip else elapsed
        self._sent = None
        self._value = (self._value + 1) & 0xFFFF_FFFF
