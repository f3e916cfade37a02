"""Proving once more who one is, before what opens the account is changed."""

from fastapi.responses import Response

from appliance.auth.failures import AuthError, WrongCredentialsError
from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Demand, Enrolled
from appliance.web.account.places import WITH
from appliance.web.account.proving import ask_passkey, prove_code, prove_passkey
from appliance.web.account.showing import show
from appliance.web.account.visit import Visit, with_query


class WrongPasswordError(AuthError):
    code = "wrong-credentials"

    def __init__(self) -> None:
        super().__init__("That is not your password.")


def form(visit: Visit, error: AuthError | None = None) -> Response:
    _, person = visit.signed_in
    enrolled = visit.parts.factors.of(person.id)
    passkey = ask_passkey(visit, person) if enrolled.passkeys else None
    linked = {identity.provider for identity in visit.parts.door.identities.of(person.id)}
    to = visit.target()
    return show(
        visit,
        "confirm",
        scripted=passkey is not None,
        error=error,
        to=to,
        person=person,
        by_password=_by_password(visit, person, enrolled),
        asks_code=_asks_code(visit, person, enrolled),
        passkey=passkey,
        providers=[
            {"title": title, "url": with_query(f"{WITH}/{name}", {"to": to})}
            for name, title in visit.parts.providers.shown(visit.config)
            if name in linked
        ],
    )


def confirm(visit: Visit) -> Response:
    session, person = visit.signed_in
    try:
        method = _prove(visit, person)
    except AuthError as error:
        return form(visit, error)
    visit.keep_session(visit.parts.door.sessions.confirm(session, method).secret)
    return visit.go(visit.target())


def _prove(visit: Visit, person: Person) -> str:
    if visit.field("passkey"):
        prove_passkey(visit, person)
        return "passkey"
    enrolled = visit.parts.factors.of(person.id)
    if not _by_password(visit, person, enrolled):
        raise WrongPasswordError
    try:
        visit.parts.door.signing_in.password(person.name, visit.field("password"), visit.address)
    except WrongCredentialsError:
        raise WrongPasswordError from None
    if _asks_code(visit, person, enrolled):
        prove_code(visit, person, visit.field("code"))
    return "password"


def _by_password(visit: Visit, person: Person, enrolled: Enrolled) -> bool:
    """A password alone must not change an account that a passkey protects."""
    only_passkeys = enrolled.passkeys > 0 and not enrolled.totp
    return person.has_password and not (only_passkeys and visit.demand(person) is not Demand.OFF)


def _asks_code(visit: Visit, person: Person, enrolled: Enrolled) -> bool:
    return enrolled.totp and visit.demand(person) is not Demand.OFF
