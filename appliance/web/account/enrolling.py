"""Signing in where a second factor is required and the person has none yet."""

from fastapi.responses import Response

from appliance.auth.failures import AuthError
from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Step, next_step
from appliance.web.account.arriving import arrive, forget_pending, pending
from appliance.web.account.parts import Pending
from appliance.web.account.setting_up import (
    ask_new_passkey,
    offer_authenticator,
    set_up_authenticator,
    set_up_passkey,
    then,
)
from appliance.web.account.showing import show
from appliance.web.account.visit import RefusedError, Visit


def form(visit: Visit) -> Response:
    _, person = _begun(visit)
    return _form(visit, person)


def enrol(visit: Visit) -> Response:
    begun, person = _begun(visit)
    by_passkey = bool(visit.field("passkey"))
    try:
        (set_up_passkey if by_passkey else set_up_authenticator)(visit, person)
    except AuthError as error:
        return _form(visit, person, error)
    forget_pending(visit)
    methods = (*begun.methods, "passkey" if by_passkey else "totp")
    return arrive(visit, person, methods, then(visit, person, begun.to))


def _begun(visit: Visit) -> tuple[Pending, Person]:
    begun, person = pending(visit)
    # Whoever has one proves it; a password alone must not replace it.
    if next_step(visit.demand(person), visit.parts.factors.of(person.id)) is not Step.ENROL:
        raise RefusedError(403, "Nothing to set up", "Begin again with your password.")
    return begun, person


def _form(visit: Visit, person: Person, error: AuthError | None = None) -> Response:
    passkey = ask_new_passkey(visit, person)
    return show(
        visit,
        "enrol",
        scripted=passkey is not None,
        error=error,
        offer=offer_authenticator(visit, person, visit.field("secret")),
        passkey=passkey,
    )
