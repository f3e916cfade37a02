"""How often somebody may call: one number for each account of his, no clock that ticks."""

import math
from collections.abc import Callable, Hashable

from appliance.config.rates import Rate

_REMEMBERED = 50_000
"""Accounts; the ones not heard of for longest are forgotten first."""

Account = tuple[Hashable, Rate]
"""Whose calls are counted together, and how many may be made."""


class Limiter:
    """Knows of each account when all that was called would be paid for, at the allowed rate.

    `clock`: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float], remembered: int = _REMEMBERED) -> None:
        self._clock = clock
        self._most = remembered
        self._paid: dict[Hashable, float] = {}

    def wait(self, *accounts: Account) -> float:
        """0 if the call may be made, and it counts on each; else the seconds until one may."""
        now, paid = self._clock(), self._paid
        known = [paid.pop(name, None) for name, _ in accounts]
        until = [max(at or now, now) for at in known]
        after = [
            at + rate.seconds / rate.calls for at, (_, rate) in zip(until, accounts, strict=True)
        ]
        late = max(at - now - rate.seconds for at, (_, rate) in zip(after, accounts, strict=True))
        # What was not let through costs nothing: whoever waits as told is let in. Nor is anybody
        # remembered for it who was not known before.
        refused = late > 1e-6
        for (name, _), seen, kept in zip(accounts, known, until if refused else after, strict=True):
            if not refused or seen is not None:
                paid[name] = kept
        while len(paid) > self._most:
            del paid[next(iter(paid))]
        return late if refused else 0.0


def refusal(wait: float) -> tuple[int, str]:
    """What a refusal says: whole seconds to wait, and a sentence."""
    seconds = math.ceil(wait)
    return seconds, f"Too many calls: the next one may be made {soon(seconds)}."


def soon(seconds: int) -> str:
    """When it is over, in words that are never too early: `in 40 s`, `in 2 min`, `in 3 h`."""
    for unit, length in (("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"in {math.ceil(seconds / length)} {unit}"
    return f"in {seconds} s"
