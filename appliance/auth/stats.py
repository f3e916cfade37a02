"""Counts for `/metrics`: plain numbers, because some of them grow with every request."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05)
"""Seconds; upper ends of the buckets."""


@dataclass
class AuthStats:
    """Since this process started."""

    decisions: Counter[str] = field(default_factory=Counter)
    """Answers of ForwardAuth by outcome: `allowed`, `anonymous`, `sign-in`, `forbidden`, …"""
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """Decisions by how long they took; the last bucket is all that took longer."""
    seconds: float = 0.0
    sign_ins: Counter[str] = field(default_factory=Counter)
    """By outcome: `succeeded`, or the code of the failure."""
    lockouts: int = 0


def observe(stats: AuthStats, outcome: str, seconds: float) -> None:
    """Count a decision."""
    stats.decisions[outcome] += 1
    stats.buckets[bisect_left(BOUNDS, seconds)] += 1
    stats.seconds += seconds
