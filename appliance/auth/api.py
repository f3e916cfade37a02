"""People, tokens, links and audit on `control.sock`: whoever may open it administers."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from appliance.auth.audit import Event
from appliance.auth.documents import (
    AskedChange,
    AskedLink,
    AskedPerson,
    AskedToken,
    person_document,
    token_document,
)
from appliance.auth.door import Door
from appliance.auth.failures import AuthError, UnknownPersonError, UnknownTokenError
from appliance.auth.guards import LINK
from appliance.auth.links import Invitation, Kind
from appliance.auth.people import Change, NewPerson, Person
from appliance.auth.policy import rule
from appliance.auth.second_factor.factors import factors
from appliance.auth.tokens import Caveats
from appliance.config.access import access, guards
from appliance.config.addresses import overview
from appliance.config.schema import Config

_CLI = "cli"
"""Who did it, for the audit."""


def administer(app: FastAPI, door: Door, config: Callable[[], Config]) -> None:
    """Add the routes to the control process's API."""
    app.include_router(_people(door))
    app.include_router(_links(door, config))
    app.include_router(_tokens(door))
    app.include_router(_decisions(door, config))
    app.add_exception_handler(AuthError, _refused)


async def _refused(_: Request, error: Exception) -> Response:
    unknown = isinstance(error, UnknownPersonError | UnknownTokenError)
    return JSONResponse({"detail": str(error)}, 404 if unknown else 422)


def _people(door: Door) -> APIRouter:
    router = APIRouter(prefix="/people")

    def note(kind: str, person: Person, detail: str = "") -> None:
        door.audit.write(Event(kind, actor=_CLI, subject=person.name, detail=detail))

    @router.get("")
    def everybody() -> list[dict[str, Any]]:
        return [person_document(person) for person in door.people.everybody()]

    @router.post("")
    def create(asked: AskedPerson) -> dict[str, Any]:
        given = asked.model_dump(exclude={"password"})
        password = asked.password.get_secret_value() if asked.password else None
        # Whoever may speak to this socket vouches for the address.
        new = NewPerson(**given, password=password, email_verified=asked.email is not None)
        person = door.people.create(new)
        note("person.created", person)
        return person_document(person)

    @router.patch("/{name}")
    def change(name: str, asked: AskedChange) -> dict[str, Any]:
        told = asked.model_dump()
        verified = True if asked.email else None
        person = door.people.change(name, Change(**told, email_verified=verified))
        if person.disabled:
            door.sessions.end_all(person.id)
        changed = ", ".join(key for key, value in told.items() if value is not None)
        note("person.changed", person, changed)
        return person_document(person)

    @router.delete("/{name}")
    def remove(name: str) -> dict[str, Any]:
        person = door.people.named(name)
        door.people.remove(name)
        door.sessions.end_all(person.id)
        door.tokens.revoke_all(person.id)
        note("person.removed", person)
        return person_document(person)

    @router.post("/{name}/sign-out")
    def sign_out(name: str) -> dict[str, Any]:
        person = door.people.named(name)
        ended = door.sessions.end_all(person.id)
        note("sessions.ended", person, str(ended))
        return {"ended": ended}

    @router.post("/{name}/unlock")
    def unlock(name: str) -> dict[str, Any]:
        person = door.people.named(name)
        door.throttle.forgive(person.name)
        door.lockouts.forget()
        note("person.unlocked", person)
        return person_document(person)

    @router.post("/{name}/forget-factors")
    def forget_factors(name: str) -> dict[str, Any]:
        person = door.people.named(name)
        factors(door.engine, door.keys, door.clock).remove_all(person.id)
        door.sessions.end_all(person.id)
        note("factors.forgotten", person)
        return person_document(person)

    return router


def _links(door: Door, config: Callable[[], Config]) -> APIRouter:
    router = APIRouter(prefix="/links")

    @router.post("")
    def make(asked: AskedLink) -> dict[str, Any]:
        now = config()
        if not guards(now):
            raise HTTPException(409, "Nobody can sign in: the YAML has no `auth` section.")
        if asked.kind is Kind.SETUP and door.people.has_admin:
            raise HTTPException(409, "There is an administrator already.")
        door.audit.write(Event(f"link.{asked.kind.value}", actor=_CLI, subject=asked.person))
        return {"url": f"{overview(now)}{LINK}/{_secret(door, asked)}"}

    return router


def _secret(door: Door, asked: AskedLink) -> str:
    if asked.kind is Kind.SETUP:
        return door.links.setup()
    if asked.kind is Kind.RESET:
        return door.links.reset(door.people.password_holder(asked.person), _CLI)
    invitation = Invitation(
        groups=asked.groups, admin=asked.admin, name=asked.person, email=asked.email
    )
    return door.links.invite(invitation, _CLI)


def _tokens(door: Door) -> APIRouter:
    router = APIRouter(prefix="/tokens")

    def owner(person: int) -> str:
        found = door.people.by_id(person)
        return found.name if found else ""

    @router.get("")
    def every(person: str = "") -> list[dict[str, Any]]:
        found = door.tokens.of(door.people.named(person).id) if person else door.tokens.all()
        return [token_document(token, owner(token.person)) for token in found]

    @router.post("")
    def create(asked: AskedToken) -> dict[str, Any]:
        person = door.people.named(asked.person)
        until = door.clock() + asked.life if asked.life is not None else None
        caveats = Caveats(asked.apps, asked.uses, asked.networks, until)
        issued = door.tokens.create(person.id, asked.label, caveats)
        event = Event("token.created", actor=_CLI, subject=person.name, detail=issued.token.id)
        door.audit.write(event)
        return {**token_document(issued.token, person.name), "secret": issued.secret}

    @router.delete("/{token}")
    def revoke(token: str) -> dict[str, Any]:
        revoked = door.tokens.revoke(token)
        person = owner(revoked.person)
        door.sessions.end_of_token(revoked.id)
        door.audit.write(Event("token.revoked", actor=_CLI, subject=person, detail=revoked.id))
        return token_document(revoked, person)

    return router


def _decisions(door: Door, config: Callable[[], Config]) -> APIRouter:
    router = APIRouter()

    @router.get("/access")
    def decide(app: str, person: str = "") -> dict[str, Any]:
        """What the front door would say now, and why; without a person: to a stranger."""
        now = config()
        if app not in now.apps:
            near = get_close_matches(app, now.apps, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise HTTPException(404, f"There is no app {app!r}.{hint}")
        who = door.people.named(person) if person else None
        found = rule(access(now, app))
        return {
            "app": app,
            "person": who.name if who else None,
            "ruling": found(who).value,
            "reason": found.reason(who),
        }

    @router.get("/audit")
    def audit(
        since: float = 0.0, kind: str = "", person: str = "", most: int = 1000
    ) -> list[dict[str, Any]]:
        """Newest first."""
        most = max(1, min(most, 100_000))
        events = door.audit.read(since=since, kind=kind, person=person, most=most)
        return [event.as_json() for event in events]

    return router
