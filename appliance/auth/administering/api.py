"""People, tokens, links and audit on `control.sock`: whoever may open it administers."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from appliance.auth.administering.administration import Administration
from appliance.auth.administering.documents import (
    AskedChange,
    AskedLink,
    AskedNote,
    AskedPerson,
    AskedToken,
    person_document,
    token_document,
)
from appliance.auth.administering.embedding import check_site
from appliance.auth.audit import Event
from appliance.auth.door import Door
from appliance.auth.failures import AuthError, UnknownPersonError, UnknownTokenError
from appliance.auth.forward.policy import rule
from appliance.auth.people.links import Invitation, Kind
from appliance.auth.people.person import Change, NewPerson
from appliance.auth.places import LINK
from appliance.auth.tokens.token import Caveats
from appliance.config.access import access, guards
from appliance.config.addresses import overview
from appliance.config.schema import Config

_CLI = "cli"
"""Who did it, for the audit."""
Snippets = Callable[[Config, str, str], dict[str, str]]
"""What to paste into a site's pages to show an app there with a token, by kind of page."""


def administer(app: FastAPI, door: Door, config: Callable[[], Config], snippets: Snippets) -> None:
    """Add the routes to the control process's API."""
    app.include_router(_people(door))
    app.include_router(_links(door, config))
    app.include_router(_tokens(door, config, snippets))
    app.include_router(_decisions(door, config))
    app.add_exception_handler(AuthError, _refused)


async def _refused(_: Request, error: Exception) -> Response:
    unknown = isinstance(error, UnknownPersonError | UnknownTokenError)
    code = error.code if isinstance(error, AuthError) else ""
    return JSONResponse({"detail": str(error), "code": code}, 404 if unknown else 422)


def _people(door: Door) -> APIRouter:
    router, by_cli = APIRouter(prefix="/people"), Administration(door, _CLI)

    @router.get("")
    def everybody() -> list[dict[str, Any]]:
        return [person_document(person) for person in door.people.everybody()]

    @router.post("")
    def create(asked: AskedPerson) -> dict[str, Any]:
        given = asked.model_dump(exclude={"password"})
        password = asked.password.get_secret_value() if asked.password else None
        # Whoever may speak to this socket vouches for the address.
        new = NewPerson(**given, password=password, email_verified=asked.email is not None)
        return person_document(by_cli.create(new))

    @router.patch("/{name}")
    def change(name: str, asked: AskedChange) -> dict[str, Any]:
        verified = True if asked.email else None
        change = Change(**asked.model_dump(), email_verified=verified)
        return person_document(by_cli.change(name, change))

    @router.delete("/{name}")
    def remove(name: str) -> dict[str, Any]:
        return person_document(by_cli.remove(name))

    @router.post("/{name}/sign-out")
    def sign_out(name: str) -> dict[str, Any]:
        return {"ended": by_cli.sign_out(name)}

    @router.post("/{name}/unlock")
    def unlock(name: str) -> dict[str, Any]:
        return person_document(by_cli.unlock(name))

    @router.post("/{name}/forget-factors")
    def forget_factors(name: str) -> dict[str, Any]:
        return person_document(by_cli.forget_factors(name))

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
        return {"url": f"{overview(now)}{LINK}/{_secret(Administration(door, _CLI), asked)}"}

    return router


def _secret(by_cli: Administration, asked: AskedLink) -> str:
    if asked.kind is Kind.SETUP:
        return by_cli.setup()
    if asked.kind is Kind.RESET:
        return by_cli.reset(asked.person)
    return by_cli.invite(
        Invitation(groups=asked.groups, admin=asked.admin, name=asked.person, email=asked.email)
    )


def _tokens(door: Door, config: Callable[[], Config], snippets: Snippets) -> APIRouter:
    router, by_cli = APIRouter(prefix="/tokens"), Administration(door, _CLI)

    @router.get("")
    def every(person: str = "") -> list[dict[str, Any]]:
        names = {one.id: one.name for one in door.people.everybody()}
        found = door.tokens.of(door.people.named(person).id) if person else door.tokens.all()
        return [token_document(token, names.get(token.person, "")) for token in found]

    @router.post("")
    def create(asked: AskedToken) -> dict[str, Any]:
        person = door.people.named(asked.person)
        until = door.clock() + asked.life if asked.life is not None else None
        now = config()
        if asked.origin:
            check_site(now, asked.apps, asked.origin, person)
        caveats = Caveats(asked.apps, asked.uses, asked.networks, until, asked.origin)
        issued = by_cli.create_token(person, asked.label, caveats)
        pasted = snippets(now, asked.apps[0], issued.secret) if asked.origin else {}
        made = token_document(issued.token, person.name)
        return {**made, "secret": issued.secret, "snippets": pasted}

    @router.delete("/{token}")
    def revoke(token: str) -> dict[str, Any]:
        return token_document(*by_cli.revoke_token(token))

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

    @router.post("/audit", status_code=204)
    def note(asked: AskedNote) -> None:
        door.audit.write(Event(actor=_CLI, **asked.model_dump()))

    return router
