"""Passwords of links: put on one share, or on all that is shared with a key; shown once."""

from typing import Any

from fastapi.responses import Response

from appliance.web.account import once
from appliance.web.dashboard.acting import steered
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.places import KEYS, LINK_PASSWORD, SHARES


def ask_protect(caller: Caller) -> Question:
    name = caller.visit.field("name")
    return Question(
        f"Ask for a password on {name}?",
        "A new one is made and shown to you once. Who has the link open is asked for it too, and "
        "the password that it may have now is good no more.",
        "Make a password",
        SHARES,
    )


async def protect(caller: Caller) -> Response:
    name = caller.visit.field("name")
    await steered(caller, name)
    made = await caller.relay.protect(name)
    caller.audit("share.protected", name)
    return _shown_once(caller, made.share.url or name, made.password, SHARES)


async def unprotect(caller: Caller) -> Response:
    name = caller.visit.field("name")
    await steered(caller, name)
    await caller.relay.unprotect(name)
    caller.audit("share.unprotected", name)
    return caller.visit.go(SHARES, done="unprotected")


def ask_protect_key(caller: Caller) -> Question:
    name = caller.visit.field("name")
    return Question(
        f"Ask for a password on all that {name} shares?",
        "A new one is made and shown to you once. It is for all links of this key, those to come "
        "too; a link with a password of its own keeps that one.",
        "Make a password",
        KEYS,
    )


async def protect_key(caller: Caller) -> Response:
    name = caller.visit.field("name")
    made = await caller.relay.protect_key(name)
    caller.audit("key.protected", name)
    return _shown_once(caller, f"all links of {name}", made.password, KEYS)


async def unprotect_key(caller: Caller) -> Response:
    name = caller.visit.field("name")
    await caller.relay.unprotect_key(name)
    caller.audit("key.unprotected", name)
    return caller.visit.go(KEYS, done="key-unprotected")


async def password_once(caller: Caller) -> dict[str, Any]:
    """The password that was made a moment ago, for whoever made it."""
    again = "This password is not shown again. Make a new one."
    of, password, back = once.kept(caller.visit, again)
    return {"of": of, "password": password, "back": back}


def _shown_once(caller: Caller, of: str, password: str, back: str) -> Response:
    return caller.visit.go(LINK_PASSWORD, once=once.keep(caller.visit, of, password, back))
