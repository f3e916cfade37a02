"""Receive windows that grow with the throughput they carry.

A stream can move at most one window per round trip, so 256 KiB starve a long link. A big window on
a slow link only fills the peer's socket buffer and delays its pings. So a window grows when what it
carries shows that it would pass within a few round trips, up to sixteen times what was seen to
pass, and never to more than two seconds of the rate just seen. What all windows promise together
beyond the 256 KiB that every stream starts with is drawn from one `Budget`.

A download of some megabytes is over before its window has grown. So a session remembers in
`Reached` what its last streams came to, and gives the next one as much from the beginning. One that
has carried nothing yet, to a peer that is far away, trusts it with `ON_TRUST`.
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
FACTOR = 16
"""How many times what has passed a window may become: a download of some megabytes is short."""
EARLY = 6 * 1024 * 1024
"""Bytes that a window may have before its own stream has shown that it needs them."""
ON_TRUST = 1024 * 1024
"""Bytes that a session's windows may have before any stream has shown what the link carries.

On a slow link what is promised fills the peer's send buffer, and its pings wait behind it; after
ten seconds without an answer it gives the session up with all its visitors. So this is what
1 Mbit/s carries in less."""
PARTS = 4
"""Sessions that together may hold all of a budget."""
LEAST_PART = 32 * 1024 * 1024
"""Bytes of a session's part, if there are as many: two of the largest windows."""
FAR = 0.01
"""Seconds of round trip from which on a small window is slower than the machines."""


class Budget:
    """Bytes that the windows of any number of sessions may promise beyond their initial size."""

    __slots__ = ("_left", "_whole", "total")

    def __init__(self, total: int, whole: "Budget | None" = None) -> None:
        self.total = total
        self._left = total
        self._whole = whole

    def part(self) -> "Budget":
        """What one session may draw of it, so that it does not leave the others without.

        Windows grow with what passes, and stay when a visitor then takes no more: a few hundred
        visitors of one share could hold all there is.
        """
        return Budget(min(max(self.total // PARTS, LEAST_PART), self.total), self)

    @property
    def left(self) -> int:
        return self._left if self._whole is None else min(self._left, self._whole.left)

    def take(self, amount: int) -> bool:
        if amount > self._left or not (self._whole is None or self._whole.take(amount)):
            return False
        self._left -= amount
        return True

    def give(self, amount: int) -> None:
        self._left += amount
        if self._whole is not None:
            self._whole.give(amount)

    @property
    def spare(self) -> int:
        """What may be given on trust; the other half is for streams that have shown their need."""
        spare = max(self._left - self.total // 2, 0)
        return spare if self._whole is None else min(spare, self._whole.spare)


class Reached:
    """What the last streams of one session came to."""

    __slots__ = ("early", "rate", "size")

    def __init__(self) -> None:
        self.size = INITIAL_WINDOW
        """Of the last window that passed as quickly as the link lets it."""
        self.rate = 0.0
        """Bytes a second at which one passed last."""
        self.early = 0
        """Bytes that live streams got from the beginning: together no more than one may have."""

    def next(self, maximum: int, round_trip: float) -> int:
        """How many bytes beyond the usual the next stream can use."""
        if self.rate:
            most, bound = self.size, int(self.rate * IN_FLIGHT)
        elif round_trip >= FAR:
            most = bound = ON_TRUST
        else:
            return 0
        most = min(most, maximum, EARLY)
        return max(min(most, bound - self.early) - INITIAL_WINDOW, 0)


class ReceiveWindow:
    """What one stream's peer may still send, and when it is told that it may send more."""

    __slots__ = (
        "_budget",
        "_early",
        "_maximum",
        "_moved",
        "_owed",
        "_passed",
        "_proof",
        "_reached",
        "_since",
        "credit",
        "size",
    )

    def __init__(self, budget: Budget, maximum: int, reached: Reached | None = None) -> None:
        """`reached` is shared by the streams of one session."""
        self._budget = budget
        self._maximum = maximum
        self._reached = reached or Reached()
        self._early = 0
        self._owed = 0
        self._passed = 0
        self._proof = INITIAL_WINDOW  # so many passed bytes tell the rate
        self._since = -1.0
        self._moved = 0.0  # when bytes passed last
        self.credit = INITIAL_WINDOW
        """Bytes the peer may send now."""
        self.size = INITIAL_WINDOW
        """Bytes the peer may have sent that were not consumed."""

    def widen(self, round_trip: float) -> int:
        """Begin with what the session's last streams came to; the increment to announce now.

        Only what is about to be used: promises of streams that idle are lost to the others.
        """
        if self.size > INITIAL_WINDOW:
            return 0
        growth = min(self._reached.next(self._maximum, round_trip), self._budget.spare)
        if growth <= 0 or not self._budget.take(growth):
            return 0
        self._early = growth
        self._reached.early += growth
        self.size += growth
        self.credit += growth
        return growth

    def asked(self) -> None:
        """Something is sent to the peer: the time until it answers is the app's."""
        if self._passed and self.credit + self._owed == self.size:
            self._restart()

    def receive(self, amount: int, now: float, round_trip: float) -> bool:
        """Take a frame into account; False if the peer was not allowed to send it."""
        if amount > self.credit:
            return False
        if self._since < 0:
            self._since = now
        elif self.credit + self._owed == self.size:
            # A peer with nothing to send is no slow one, so that no silence counts as more than
            # the round trip for which a peer has to wait that was allowed no more.
            silence = now - self._moved - _bounded(round_trip)
            self._since += max(silence, 0.0)
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
        self._moved = now
        if self._passed >= self._proof:
            self._judge(now, round_trip)
        if self._owed * 2 < self.size:
            return 0
        increment, self._owed = self._owed, 0
        self.credit += increment
        return increment

    def _judge(self, now: float, round_trip: float) -> None:
        """Learn from the time in which so many bytes passed."""
        elapsed = now - self._since
        rounds = ROUNDS * _bounded(round_trip)
        whole = self._passed >= self.size
        # The window holds the peer up if all of it would pass within that time.
        quick = elapsed * self.size <= rounds * self._passed
        if quick:
            self._grow(elapsed)
        if quick or self._early:
            # A slow visitor says nothing about the link, unless the stream was given too much.
            self._reached.size = self.size
            self._reached.rate = self._passed / max(elapsed, round_trip, SHORTEST_ROUND)
        if whole:
            self._restart()
        else:
            self._proof *= 2

    def _restart(self) -> None:
        """Measure anew, from the next byte on."""
        self._passed = 0
        self._proof = INITIAL_WINDOW
        self._since = -1.0

    def _grow(self, elapsed: float) -> None:
        factor = FACTOR if elapsed * FACTOR <= IN_FLIGHT else IN_FLIGHT / elapsed
        size = min(int(self._passed * factor), self._maximum)
        growth = max(min(size - self.size, self._budget.left), 0)
        self._budget.take(growth)
        self.size += growth
        self._owed += growth

    def release(self) -> None:
        """Return what was drawn from the budget; the stream is over."""
        self._budget.give(self.size - INITIAL_WINDOW)
        self._reached.early -= self._early
        self._early = 0
        self.size = INITIAL_WINDOW


def _bounded(round_trip: float) -> float:
    return min(max(round_trip, SHORTEST_ROUND), LONGEST_ROUND)
