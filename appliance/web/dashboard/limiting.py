"""Limits of a key: the fields of its forms, and changing them."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi.responses import Response
from pydantic import ValidationError

from appliance.config.units import format_size, parse_size
from appliance.relay.model import KeyLimitsAsked, KeyStatus
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.places import KEYS
from appliance.web.dashboard.wording import LIFETIMES, lasting

WRONG = (
    "Limits are numbers above 0, and sizes such as 500mb or 20g; an empty one is as the YAML says."
)
_FIELDS = (
    "shares", "expires", "requests", "traffic", "total_requests", "total_traffic", "connections",
)  # fmt: skip
NONE = dict.fromkeys(_FIELDS, "")
"""What a form says of a key without limits of its own."""


async def limits(caller: Caller) -> dict[str, Any]:
    key = await _key(caller)
    return {"key": key.name, "limits": written(key), "lifetimes": _offered(key)}


async def change(caller: Caller) -> Response:
    key = await _key(caller)
    try:
        wanted = KeyLimitsAsked(**read(caller.visit.field, _offered(key)))
    except (ValidationError, ValueError):
        raise RefusedError(422, "Not a limit", WRONG) from None
    await caller.relay.change_key(key.name, wanted)
    caller.audit("key.limited", key.name)
    return caller.visit.go(KEYS, done="key-limited")


def read(field: Callable[[str], str], lifetimes: Mapping[str, str]) -> dict[str, Any]:
    """What a form says, for `KeyLimitsAsked`. Raises `ValueError`."""

    def said(name: str, meaning: Callable[[str], object]) -> object:
        text = field(name).strip()
        return meaning(text) if text else None

    return {
        "shares": said("shares", int),
        "lifetime": said("expires", lambda text: _lifetime(text, lifetimes)),
        "requests": said("requests", float),
        "traffic": said("traffic", parse_size),
        "total_requests": said("total_requests", float),
        "total_traffic": said("total_traffic", parse_size),
        "connections": said("connections", int),
    }


def written(key: KeyStatus) -> dict[str, str]:
    """The same the other way: what the form says already."""
    found = {
        "shares": key.shares,
        "expires": _spelled(key.lifetime),
        "requests": _spelled(key.requests),
        "traffic": key.traffic and format_size(key.traffic),
        "total_requests": _spelled(key.total_requests),
        "total_traffic": key.total_traffic and format_size(key.total_traffic),
        "connections": key.connections,
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _offered(key: KeyStatus) -> dict[str, str]:
    """Lifetimes to choose from; the one that a key has is one of them."""
    own = key.lifetime
    offered = dict(LIFETIMES)
    if own is not None and own != "none":
        offered.setdefault(_spelled(own), lasting(own))
    return offered


def _spelled(value: float | str | None) -> str:
    """As it is typed: `1`, `0.5`, `none`."""
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value).removesuffix(".0")


def _lifetime(text: str, lifetimes: Mapping[str, str]) -> float | str:
    if text not in lifetimes:
        raise ValueError(text)
    return "none" if text == "none" else float(text)


async def _key(caller: Caller) -> KeyStatus:
    name = caller.visit.field("name")
    for key in await caller.relay.keys():
        if key.name == name and key.revoked is None:
            return key
    raise RefusedError(404, "No such key", "It was revoked, or there never was one of this name.")
