"""Plots as shapes for SVG, drawn here: pages need no script for them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

SPARK_WIDTH, SPARK_HEIGHT = 96.0, 24.0
BARS_WIDTH, BARS_HEIGHT = 600.0, 120.0
_GAP = 0.25
"""Of the room of one bar."""


@dataclass(frozen=True)
class Spark:
    """A line without axes."""

    points: str
    """Of a polyline in a box of `SPARK_WIDTH` by `SPARK_HEIGHT`; empty: nothing but zeros."""
    total: int
    words: str
    """The same for those who do not see it."""


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    value: int


@dataclass(frozen=True)
class Bars:
    """Bars in a box of `BARS_WIDTH` by `BARS_HEIGHT`."""

    bars: tuple[Bar, ...]
    largest: int


def spark(values: Sequence[int], of: str) -> Spark:
    """`of` says what the numbers are: `requests in the last 24 hours`."""
    total = sum(values)
    words = f"{total:,} {of}"
    if not total:
        return Spark("", 0, words)
    step, largest = SPARK_WIDTH / max(len(values) - 1, 1), max(values)
    room = SPARK_HEIGHT - 2  # for the line's own width
    points = (
        f"{index * step:.1f},{SPARK_HEIGHT - 1 - value / largest * room:.1f}"
        for index, value in enumerate(values)
    )
    return Spark(" ".join(points), total, words)


def bars(values: Sequence[int], labels: Sequence[str]) -> Bars:
    """The largest value reaches the top."""
    largest, step = max(values, default=0), BARS_WIDTH / max(len(values), 1)
    found = []
    for index, (value, label) in enumerate(zip(values, labels, strict=True)):
        height = BARS_HEIGHT * value / largest if largest else 0.0
        found.append(
            Bar(
                x=round(index * step + step * _GAP / 2, 2),
                y=round(BARS_HEIGHT - height, 2),
                width=round(step * (1 - _GAP), 2),
                height=round(height, 2),
                label=label,
                value=value,
            )
        )
    return Bars(tuple(found), largest)
