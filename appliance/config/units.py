"""Sizes and durations as people write them: `5mb`, `2g`, `15m`, `72h`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


@dataclass(frozen=True)
class Says:
    """How a type is called and written, for errors and the reference. Put into `Annotated`."""

    words: str
    example: str


LARGEST = 2**63 - 1
"""Bytes; what an engine's API can hold."""
LONGEST = timedelta(days=3650)

_SIZE = re.compile(r"([0-9]{1,19}(?:\.[0-9]{1,9})?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_SIZE_FACTOR = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def parse_size(value: object) -> int:
    """Bytes from `5mb`, `1.5g`, `512` (units are powers of 1024, as Gradio and Docker count)."""
    size = _bytes(value)
    if size is None or not 0 <= size <= LARGEST:
        raise ValueError("expected a size such as 512kb, 5mb or 2g")
    return size


def _bytes(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(Fraction(match[1]) * _SIZE_FACTOR[match[2].lower()]) if match else None


def parse_duration(value: object) -> timedelta:
    """A `timedelta`, whole milliseconds, from `90s`, `15m`, `7d`; a bare number is ambiguous."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    milliseconds = int(Fraction(match[1]) * _MILLISECONDS[match[2]]) if match else None
    if milliseconds is None or milliseconds > LONGEST / timedelta(milliseconds=1):
        raise ValueError("expected a duration such as 30s, 15m, 72h or 7d")
    return timedelta(milliseconds=milliseconds)


def parse_expiry(value: object) -> timedelta | Literal["none"]:
    """A duration of at least a second, or `none`."""
    if value == "none":
        return "none"
    try:
        duration = parse_duration(value)
    except ValueError:
        raise ValueError("expected a duration such as 72h or 7d, or `none`") from None
    if duration < timedelta(seconds=1):
        raise ValueError("expected at least 1s, or `none`")
    return duration


def format_size(size: int) -> str:
    """The shortest exact spelling that `parse_size` reads back: 5242880 -> `5mb`."""
    for unit in ("t", "g", "m", "k"):
        if size and size % _SIZE_FACTOR[unit] == 0:
            return f"{size // _SIZE_FACTOR[unit]}{unit}b"
    return str(size)


def format_duration(duration: timedelta) -> str:
    """The shortest exact spelling that `parse_duration` reads back: 3600 s -> `1h`."""
    milliseconds = round(duration.total_seconds() * 1000)
    for unit in ("d", "h", "m", "s"):
        if milliseconds and milliseconds % _MILLISECONDS[unit] == 0:
            return f"{milliseconds // _MILLISECONDS[unit]}{unit}"
    return f"{milliseconds}ms"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, when_used="json"),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["512kb", "5mb", "2g"]}),
    Says("a size", "5mb"),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["30s", "15m", "72h", "7d"]}),
    Says("a duration", "15m"),
]
Expiry = Annotated[
    timedelta | Literal["none"],
    BeforeValidator(parse_expiry),
    PlainSerializer(
        lambda value: value if isinstance(value, str) else format_duration(value),
        when_used="json",
    ),
    WithJsonSchema({"type": "string", "examples": ["24h", "72h", "7d", "none"]}),
    Says("a duration or `none`", "72h"),
]
