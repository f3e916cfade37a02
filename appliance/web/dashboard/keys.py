"""Keys to share with: whose they are, making and revoking them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi.responses import Response
from pydantic import ValidationError

from appliance.amounts import ago
from appliance.auth.people.person import Person
from appliance.relay.model import KeyRequest, KeyStatus
from appliance.relay.wording import UNNAMED, limits
from appliance.web.account import once
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard import limiting
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.places import KEYS, NEW_KEY
from appliance.web.dashboard.sharing import recipe
from appliance.web.dashboard.wording import LIFETIMES


@dataclass(frozen=True)
class KeyRow:
    name: str
    made: str
    used: str
    open: int
    limits: str
    revoked: bool
    password: bool
    """Whether visitors of its shares need one."""
    of_person: bool
    """An account of this name was there before it."""


def own_keys(person: Person | None, keys: Iterable[KeyStatus]) -> frozenset[str]:
    """Names of the keys that are this person's: called like him, and made after his account.

    People choose their own names when they accept an invitation, also that of an older key.
    """
    if person is None or person.name in UNNAMED:
        return frozenset()
    return frozenset(
        key.name
        for key in keys
        if key.name == person.name and key.made > person.created and key.revoked is None
    )


async def keys(caller: Caller) -> dict[str, Any]:
    known, now = await caller.relay.keys(), caller.visit.parts.door.clock()
    people = caller.visit.parts.door.people
    rows = [_row(key, now, people.by_name(key.name)) for key in known]
    return {
        "keys": [row for row in rows if not row.revoked],
        "gone": sum(row.revoked for row in rows),
        "names": [one.name for one in people.everybody()],
        "limits": limiting.NONE,
        "lifetimes": LIFETIMES,
        "needed": needs_key(caller),
    }


def needs_key(caller: Caller) -> bool:
    found = recipe(caller.config, tls=False)
    return found is not None and found.needs_key


async def make(caller: Caller) -> Response:
    field = caller.visit.field
    try:
        asked = KeyRequest(
            name=field("name").strip().lower(),
            password=bool(field("password")),
            **limiting.read(field, LIFETIMES),
        )
    except (ValidationError, ValueError):
        raise RefusedError(
            422,
            "Not a key",
            f"Its name has at most 40 small letters, digits and inner dashes. {limiting.WRONG}",
        ) from None
    made = await caller.relay.make_key(asked)
    caller.audit("key.created", made.name)
    texts = (made.name, made.secret, made.label, made.password or "")
    return caller.visit.go(NEW_KEY, once=once.keep(caller.visit, *texts))


async def key_once(caller: Caller) -> dict[str, Any]:
    """The key that was made a moment ago, for whoever made it, in the lines that use it."""
    again = "This key is not shown again. Make a new one."
    name, secret, label, password = once.kept(caller.visit, again)
    relay = caller.now.status.relay
    found = recipe(caller.config, tls=relay is not None and relay.tls)
    return {
        "name": name,
        "secret": secret,
        "label": label,
        "password": password,
        "recipe": found,
    }


def ask_revoke(caller: Caller) -> Question:
    name = caller.visit.field("name")
    return Question(
        f"Revoke the key {name}?",
        "It is worth nothing then, and what is shared with it ends. A new key of this name can be "
        "made afterwards.",
        "Revoke it",
        KEYS,
    )


async def revoke(caller: Caller) -> Response:
    name = caller.visit.field("name")
    await caller.relay.revoke_key(name)
    caller.audit("key.revoked", name)
    return caller.visit.go(KEYS, done="key-revoked")


def _row(key: KeyStatus, now: float, person: Person | None) -> KeyRow:
    return KeyRow(
        name=key.name,
        made=ago(timedelta(seconds=now - key.made)),
        used=ago(timedelta(seconds=now - key.used)) if key.used else "never",
        open=key.open,
        limits=", ".join(limits(key)),
        revoked=key.revoked is not None,
        password=key.password,
        of_person=bool(own_keys(person, [key])),
    )
