"""The second step of signing in, and setting up a second factor where one is required."""

from fastapi.responses import Response

from appliance.auth.failures import AuthError
from appliance.auth.people.person import Person
from appliance.web.account.arriving import arrive, forget_pending, pending
from appliance.web.account.proving import (
    ask_passkey,
    prove_code,
    prove_passkey,
    prove_recovery_code,
)
from appliance.web.account.showing import show
from appliance.web.account.visit import Visit


def form(visit: Visit) -> Response:
    _, person = pending(visit)
    return _form(visit, person)


def prove(visit: Visit) -> Response:
    begun, person = pending(visit)
    try:
        method = _prove(visit, person)
    except AuthError as error:
        return _form(visit, person, error)
    forget_pending(visit)
    return arrive(visit, person, (*begun.methods, method), begun.to)


def _prove(visit: Visit, person: Person) -> str:
    if visit.field("passkey"):
        prove_passkey(visit, person)
        return "passkey"
    if visit.field("recovery"):
        return prove_recovery_code(visit, person, visit.field("recovery"))
    return prove_code(visit, person, visit.field("code"))


def _form(visit: Visit, person: Person, error: AuthError | None = None) -> Response:
    enrolled = visit.parts.factors.of(person.id)
    passkey = ask_passkey(visit, person) if enrolled.passkeys else None
    return show(
        visit,
        "second-step",
        scripted=passkey is not None,
        error=error,
        enrolled=enrolled,
        passkey=passkey,
        recovering=bool(visit.field("with") or visit.field("recovery"))
        or not (enrolled.totp or passkey),
    )
