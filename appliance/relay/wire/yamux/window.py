"""Receive windows that grow with the throughput they carry.

A stream can move at most one window per round trip, so 256 KiB starve a long link. A big window on
a slow link only fills the peer's socket buffer and delays its pings. So a window grows when a whole
one went through within a few round trips, up to fourfold, and never to more than two seconds of the
rate just seen. What all windows promise together beyond the 256 KiB that every stream starts with
is drawn from one `Budget`.
"""

from appliance.relay.wire.yamux.frame import INITIAL_WINDOW

SHORTEST_ROUND = 0.02
"""Seconds. On loopback scheduling, not distance, decides how long a round trip takes."""
LONGEST_ROUND = 0.25
"""Seconds. After `ROUNDS` of them twice the window still holds no more than `IN_FLIGHT`."""
ROUNDS = 4
"""Round trips in which a window has to pass. Fewer would mistake a busy machine for a slow link."""
IN_FLIGHT = 2.0
"""Seconds of the observed rate that a window may hold."""
FACTOR = 4
"""How many times its size a window may become at once: a download of some megabytes is short."""


class Budget:
    """Bytes that the windows of any number of sessions may promise beyond their initial size."""

    __slots__ = ("left", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self.left = total

    def take(self, amount: int) -> bool:
        if amount > self.left:
            return False
        self.left -= amount
        return True

    def give(self, amount: int) -> None:
        self.left += amount


class ReceiveWindow:
    """What one stream's peer may still send, and when it is told that it may send more."""

    __slots__ = ("_budget", "_maximum", "_owed", "_passed", "_since", "credit", "size")

    def __init__(self, budget: Budget, maximum: int) -> None:
        self._budget = budget
        self._maximum = maximum
        self._owed = 0
        self._passed = 0
        self._since = -1.0
        self.credit = INITIAL_WINDOW
        """Bytes the peer may send now."""
        self.size = INITIAL_WINDOW
        """Bytes the peer may have sent that were not consumed."""

    def receive(self, amount: int, now: float) -> bool:
        """Take a frame into account; False if the peer was not allowed to send it."""
        if amount > self.credit:
            return False
        if self._since < 0:
            self._since = now
        self.credit -= amount
        return True

    def consumed(self, amount: int, now: float, round_trip: float) -> int:
        """Count bytes that left; the increment to announce now, 0 for none yet.

        ValueError if more is consumed than was received.
        """
        if self.credit + self._owed + amount > self.size:
            raise ValueError(f"{amount} bytes consumed, fewer were received")
        self._owed += amount
        self._passed += amount
        if self._owed * 2 < self.size:
            return 0
        if self._passed >= self.size:
            self._adapt(now, round_trip)
        increment, self._owed = self._owed, 0
        self.credit += increment
        return increment

    def _adapt(self, now: float, round_trip: float) -> None:
        elapsed = now - self._since
        if elapsed <= ROUNDS * min(max(round_trip, SHORTEST_ROUND), LONGEST_ROUND):
            factor = FACTOR if elapsed * FACTOR <= IN_FLIGHT else IN_FLIGHT / elapsed
            growth = min(int(self.size * (factor - 1)), self._maximum - self.size)
            growth = min(growth, self._budget.left)
            self._budget.take(growth)
            self.size += growth
            self._owed += growth
        self._passed = 0
        # The next round starts when its first byte arrives: a pause between two responses is no
        # slowness.
        self._since = -1.0

    def release(self) -> None:
        """Return what was drawn from the budget; the stream is over."""
        self._budget.give(self.size - INITIAL_WINDOW)
        self.size = INITIAL_WINDOW
