"""How often visitors may call an app, and programs the appliance: `rate_limit` of the YAML."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from appliance.config.section import Section
from appliance.config.units import Says

_RATE = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls in so many seconds, all of them at once if one likes."""

    calls: int
    seconds: int


def parse_rate(value: object) -> Rate:
    """From `30/min`, `5/s`, `1000/d`."""
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a rate such as 5/s, 30/min, 500/h or 2000/d")
    return Rate(int(match[1]), _SECONDS[match[2]])


def format_rate(rate: Rate) -> str:
    """As `parse_rate` reads it."""
    unit = next(unit for unit, seconds in _SECONDS.items() if seconds == rate.seconds)
    return f"{rate.calls}/{unit}"


Calls = Annotated[
    Rate,
    BeforeValidator(parse_rate),
    PlainSerializer(format_rate, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["5/s", "30/min", "500/h", "2000/d"]}),
    Says("a rate", "30/min"),
]


class RateLimit(Section):
    """Calls that are let through; more get 429 and the time to wait."""

    per_token: Calls | None = Field(
        None, description="Calls with one API token, e.g. 60/min; absent: any number."
    )
    per_address: Calls | None = Field(
        None, description="Calls without a token from one address; absent: any number."
    )
