"""Sizes and durations as people write them: `5mb`, `2g`, `15m`, `72h`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_SIZE_FACTOR = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_DURATION_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_size(value: object) -> int:
    """Bytes from `5mb`, `1.5g`, `512` (units are powers of 1024, as Gradio and Docker count)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a size such as 512kb, 5mb or 2g")
    number, unit = match.groups()
    return int(float(number) * _SIZE_FACTOR[unit.lower()])


def parse_duration(value: object) -> timedelta:
    """A `timedelta` from `90s`, `15m`, `1h`, `7d`; a bare number is refused as ambiguous."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a duration such as 30s, 15m, 72h or 7d")
    number, unit = match.groups()
    return timedelta(seconds=float(number) * _DURATION_SECONDS[unit])


def format_size(size: int) -> str:
    """The shortest exact spelling that `parse_size` reads back: 5242880 -> `5mb`."""
    for unit in ("t", "g", "m", "k"):
        if size and size % _SIZE_FACTOR[unit] == 0:
            return f"{size // _SIZE_FACTOR[unit]}{unit}b"
    return str(size)


def format_duration(duration: timedelta) -> str:
    """The shortest exact spelling that `parse_duration` reads back: 3600 s -> `1h`."""
    milliseconds = round(duration.total_seconds() * 1000)
    for unit, factor in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % factor == 0:
            return f"{milliseconds // factor}{unit}"
    return f"{milliseconds}ms"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, when_used="json"),
    WithJsonSchema({"type": ["string", "integer"], "description": "bytes, or 512kb, 5mb, 2g"}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, when_used="json"),
    WithJsonSchema({"type": "string", "description": "30s, 15m, 72h, 7d"}),
]
