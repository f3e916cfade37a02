"""People, their groups, invitations and tokens: what the dashboard shows of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.to_thread

from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.links import Invitation, Kind, Link
from appliance.auth.people.naming import checked
from appliance.auth.people.person import Person
from appliance.auth.tokens.token import Token
from appliance.config.access import access
from appliance.web.account.overview import token_row
from appliance.web.account.showing import day, moment
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.caller import Caller

T = TypeVar("T")
SHOWN = 200
"""Rows on a page; beyond it there is the search."""


@dataclass(frozen=True)
class Opened:
    """Whether somebody may open an app, and why."""

    app: str
    admitted: bool
    reason: str


async def in_thread(work: Callable[[], T]) -> T:
    """What asks the database."""
    return await anyio.to_thread.run_sync(work)


async def people(caller: Caller) -> dict[str, Any]:
    everybody = caller.visit.parts.door.people.everybody()
    query = caller.visit.field("q")[:100].strip().casefold()
    found = [one for one in everybody if query in _told(one)]
    groups: dict[str, list[str]] = {}
    for one in everybody:
        for group in sorted(one.groups):
            groups.setdefault(group, []).append(one.name)
    return {
        "people": found[:SHOWN],
        "found": len(found),
        "known": len(everybody),
        "query": query,
        "groups": sorted(groups.items()),
    }


async def person(caller: Caller) -> dict[str, Any]:
    one, parts = person_of(caller), caller.visit.parts
    enrolled = await in_thread(lambda: parts.factors.of(one.id))
    sessions = await in_thread(lambda: parts.door.sessions.of(one.id))
    return {
        "one": one,
        "himself": is_himself(caller, one),
        "created": day(one.created),
        "enrolled": enrolled,
        "sessions": len({session.family for session in sessions}),
        "tokens": [token_row(t, parts.door.clock()) for t in parts.door.tokens.of(one.id)],
        "opened": [_opened(caller, one, name) for name in caller.config.apps],
    }


async def invitations(caller: Caller) -> dict[str, Any]:
    door = caller.visit.parts.door
    links = await in_thread(door.links.open)
    return {"links": [_link_row(caller, link) for link in links]}


async def new_invitation(caller: Caller) -> dict[str, Any]:
    everybody = caller.visit.parts.door.people.everybody()
    return {
        "known_groups": sorted({group for one in everybody for group in one.groups}),
        "error": "",
        "told": Invitation(),
    }


async def tokens(caller: Caller) -> dict[str, Any]:
    door = caller.visit.parts.door
    names = {one.id: one.name for one in door.people.everybody()}
    query = caller.visit.field("q")[:100].strip().casefold()

    def has(token: Token) -> bool:
        return query in f"{token.label} {names.get(token.person, '')} {token.id}".casefold()

    every = door.tokens.all()
    found = [token for token in every if has(token)]
    rows = [{**token_row(t, door.clock()), "owner": names.get(t.person, "")} for t in found[:SHOWN]]
    return {"tokens": rows, "found": len(found), "known": len(every), "query": query}


def check(told: Invitation) -> None:
    """Before a link is made that nobody could use. Raises `InvalidPersonError`."""
    checked(name=told.name or "somebody", email=told.email or None, groups=told.groups)


def person_of(caller: Caller) -> Person:
    """Whom the page is about. Raises `RefusedError`."""
    found = caller.visit.parts.door.people.by_name(str(caller.visit.request.path_params["person"]))
    if found is None:
        raise RefusedError(404, "Nobody of this name", "The account may have been removed.")
    return found


def is_himself(caller: Caller, one: Person) -> bool:
    return caller.visit.person is not None and caller.visit.person.id == one.id


def _told(one: Person) -> str:
    return f"{one.name} {one.full_name} {one.email or ''} {' '.join(one.groups)}".casefold()


def _opened(caller: Caller, one: Person, app: str) -> Opened:
    found = rule(access(caller.config, app))
    return Opened(app, found(one) is Ruling.ADMITTED and not one.disabled, found.reason(one))


def _link_row(caller: Caller, link: Link) -> dict[str, Any]:
    door = caller.visit.parts.door
    whose = door.people.by_id(link.person) if link.person is not None else None
    titles = {
        Kind.SETUP: "For the first administrator",
        Kind.RESET: f"New password for {whose.name if whose else 'somebody who is gone'}",
        Kind.INVITATION: f"Invitation for {link.invitation.name or link.invitation.email}"
        if link.invitation.name or link.invitation.email
        else "Invitation",
    }
    return {
        "title": titles[link.kind],
        "groups": link.invitation.groups,
        "admin": link.invitation.admin,
        "by": link.created_by,
        "until": moment(link.expires),
        "digest": link.digest.hex(),
    }
