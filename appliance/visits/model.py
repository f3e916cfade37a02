"""What those who count are told, and what they tell: numbers from apps, which are not trusted."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from appliance.apps.server.counting import BITS, BOUNDS, CLIENTS, REFERRERS, packed

Kind = Literal["app", "share"]
Number = Annotated[int, Field(ge=0, le=2**53)]
Buckets = Annotated[
    tuple[Number, ...], Field(min_length=len(BOUNDS) + 1, max_length=len(BOUNDS) + 1)
]
Host = Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9.-]*$")]


def unpacked(text: object) -> bytes:
    """The bits of visitors. Raises ValueError for anything else."""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str) or len(text) > BITS:
        raise ValueError("expected the bits of visitors")
    try:
        inflating = zlib.decompressobj()
        bits = inflating.decompress(base64.b64decode(text, validate=True), BITS // 8)
    except (binascii.Error, zlib.error):
        raise ValueError("expected the bits of visitors") from None
    if len(bits) != BITS // 8:
        raise ValueError("expected the bits of visitors")
    return bits


Bits = Annotated[bytes, BeforeValidator(unpacked), PlainSerializer(packed, when_used="json")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(_Document):
    """How to count from now on."""

    salts: Mapping[int, str] = Field(repr=False)
    """Hex, by day since 1970; none: not at all."""


class Numbers(_Document):
    """Of one app or share in some time; see `counting.Hour` for what each one is."""

    requests: Number = 0
    predictions: Number = 0
    refused: Number = 0
    failed: Number = 0
    received: Number = 0
    sent: Number = 0
    latencies: Buckets = (0,) * (len(BOUNDS) + 1)
    durations: Buckets = (0,) * (len(BOUNDS) + 1)
    clients: Mapping[str, Number] = {}
    referrers: Annotated[Mapping[Host, Number], Field(max_length=REFERRERS + 1)] = {}

    @model_validator(mode="after")
    def _known_clients(self) -> Self:
        if not set(self.clients) <= set(CLIENTS):
            raise ValueError("unknown kind of client")
        return self


class HourNumbers(Numbers):
    hour: Annotated[int, Field(ge=0, le=10_000_000)]
    """Since 1970."""


class Told(_Document):
    """By one process about one app or share; the hours it still knows, each as a whole."""

    source: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    hours: Annotated[tuple[HourNumbers, ...], Field(max_length=8)] = ()
    visitors: Annotated[Mapping[int, Bits], Field(max_length=3)] = {}
    """By day since 1970."""


class Report(_Document):
    """The same, with the name it is about."""

    name: Annotated[str, Field(max_length=253)]
    told: Told


class Reports(_Document):
    """Of all that somebody counts."""

    reports: tuple[Report, ...]
