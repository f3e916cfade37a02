"""Who calls the API, and what he may have."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from appliance.auth.audit import Event
from appliance.auth.door import Door
from appliance.auth.forward.limiter import Limiter
from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.person import Person
from appliance.auth.tokens.token import Caveats, Token, Use
from appliance.config.access import access, guards
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.api.problems import ProblemError, too_often
from appliance.web.dashboard.machine import Machine

_bearer = HTTPBearer(
    auto_error=False, bearerFormat="gat_…", description="A token from your account page."
)
_API = "/api"
"""Not the name of an app."""


@dataclass(frozen=True)
class Caller:
    door: Door
    machine: Machine
    now: Snapshot
    person: Person | None
    """None: nobody can sign in, and whoever reaches the loopback administers."""
    caveats: Caveats
    """The limits of the token."""
    address: str

    @property
    def apps(self) -> tuple[str, ...]:
        """The only apps that the token is for; empty: all."""
        return self.caveats.apps

    @property
    def config(self) -> Config:
        return self.now.config

    @property
    def administers(self) -> bool:
        return self.person is None or self.person.admin

    def sees(self, app: str) -> bool:
        """Whether he may know of the app: it is open to him, or he looks after it."""
        if self.apps and app not in self.apps:
            return False
        return self.administers or (rule(access(self.config, app))(self.person) is Ruling.ADMITTED)

    def must_see(self, app: str) -> None:
        if app not in self.config.apps or not self.sees(app):
            raise ProblemError(404, f"There is no app {app!r} that this token is for.")

    def must_administer(self, app: str = "") -> None:
        """With a token for some apps, one may look after these alone."""
        if not self.administers:
            raise ProblemError(403, "Only administrators may do this.")
        if not app and self.apps:
            raise ProblemError(403, "This token is for some apps only; make one without a limit.")

    def audit(self, kind: str, subject: str, app: str = "", detail: str = "") -> None:
        actor = self.person.name if self.person else ""
        event = Event(
            kind, actor=actor, subject=subject, app=app, address=self.address, detail=detail
        )
        self.door.audit.write(event)


class Callers:
    """Recognises them; asks no database."""

    def __init__(self, door: Door, machine: Machine, limiter: Limiter) -> None:
        self._door = door
        self._machine = machine
        self._limiter = limiter

    def caller(self, request: Request, shown: HTTPAuthorizationCredentials | None) -> Caller:
        """Raises `ProblemError`."""
        now, address = self._machine.now(), request.headers.get("x-forwarded-for", "")
        if not guards(now.config):
            _no_page(request)
            return Caller(self._door, self._machine, now, None, Caveats(), address)
        token = self._token(shown, address)
        person = self._door.people.by_id(token.person)
        if person is None or person.disabled:
            raise _who_are_you()
        rate = now.config.rate_limit.per_token
        wait = self._limiter.wait(((_API, token.id), rate)) if rate else 0.0
        if wait:
            raise too_often(wait)
        return Caller(self._door, self._machine, now, person, token.caveats, address)

    def _token(self, shown: HTTPAuthorizationCredentials | None, address: str) -> Token:
        token = self._door.tokens.find(shown.credentials) if shown else None
        if token is None or not token.caveats.allow_address(address):
            raise _who_are_you()
        # What stands in another site's page for all to read is no credential for programs.
        if token.caveats.origin:
            raise _who_are_you()
        if token.caveats.uses and Use.MANAGE not in token.caveats.uses:
            text = "This token is for calling apps only. Make one that may use this API."
            raise ProblemError(403, text)
        return token


def _caller(
    request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    callers: Callers = request.app.state.callers
    return callers.caller(request, shown)


Asking = Annotated[Caller, Depends(_caller)]
"""For routes: whoever is not let in gets a problem."""


def _who_are_you() -> ProblemError:
    text = (
        "Send `Authorization: Bearer gat_…` with a token from your account page. It may have run "
        "out, be revoked, or be for another network."
    )
    return ProblemError(401, text, WWW_Authenticate="Bearer")


def _no_page(request: Request) -> None:
    """Where nobody shows who he is, web pages in the visitor's browser could ask as well as he."""
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        raise ProblemError(403, "Only programs may ask here, no web pages.")
