"""Whether the machine's clock may be believed by who throws something away for good.

That of a machine that has just started may be years off until the network has told it the time.
"""

import time
from collections.abc import Callable

_Clock = Callable[[], float]
_EVEN, _LEAP = 3600.0, 60.0
"""Seconds for which it must have gone evenly, and what it may differ from that by."""


class Steady:
    """Asked now and then; who asks from several threads sees to it that it is one at a time."""

    def __init__(self, clock: _Clock, elapsed: _Clock = time.monotonic) -> None:
        """`elapsed`: seconds of a clock that is never set."""
        self._clock = clock
        self._elapsed = elapsed
        self._since = (clock(), elapsed())

    def __call__(self) -> bool:
        """Whether the clock has gone evenly for an hour."""
        now, elapsed = self._clock(), self._elapsed()
        began, at = self._since
        if abs((now - began) - (elapsed - at)) > _LEAP:
            self._since = (now, elapsed)
            return False
        return elapsed - at >= _EVEN
