"""How often somebody may call: one number for each who does, no clock that ticks."""

import math
from collections.abc import Callable, Hashable

from appliance.config.rates import Rate

_REMEMBERED = 50_000
"""Callers; the ones not heard of for longest are forgotten first."""


class Limiter:
    """Knows of each caller when all that he has called would be paid for, at the allowed rate.

    `clock`: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float], remembered: int = _REMEMBERED) -> None:
        self._clock = clock
        self._most = remembered
        self._paid: dict[Hashable, float] = {}

    def wait(self, caller: Hashable, rate: Rate) -> float:
        """0 if the call may be made, and it counts; else the seconds until one may."""
        now, paid = self._clock(), self._paid
        until = max(paid.pop(caller, now), now)
        after = until + rate.seconds / rate.calls
        late = after - now - rate.seconds
        # What was not let through costs nothing: whoever waits as told is let in.
        refused = late > 1e-6
        paid[caller] = until if refused else after
        if len(paid) > self._most:
            del paid[next(iter(paid))]
        return late if refused else 0.0


def refusal(wait: float) -> tuple[int, str]:
    """What a refusal says: whole seconds to wait, and a sentence."""
    seconds = math.ceil(wait)
    return seconds, f"Too many calls: the next one may be made in {seconds} s."
