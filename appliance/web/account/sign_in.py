"""Signing in: name and password, a passkey alone, or by way of a provider."""

from fastapi.responses import Response

from appliance.auth.failures import AuthError
from appliance.auth.second_factor.passkeys import PasskeyRefusedError
from appliance.web.account.arriving import proceed
from appliance.web.account.places import WITH
from appliance.web.account.proving import ask_passkey, prove_passkey
from appliance.web.account.showing import moment, show
from appliance.web.account.visit import Visit, with_query


def form(visit: Visit) -> Response:
    if visit.session is not None and not visit.field("again"):
        return visit.leave(visit.target())
    return _form(visit)


def sign_in(visit: Visit) -> Response:
    try:
        person = visit.parts.door.signing_in.password(
            visit.field("name"), visit.field("password"), visit.address
        )
    except AuthError as error:
        return _form(visit, error)
    return proceed(visit, person, ("password",), visit.target())


def sign_in_by_passkey(visit: Visit) -> Response:
    """Who has a passkey that verifies him needs neither name nor password."""
    try:
        proven = prove_passkey(visit, None)
        person = visit.parts.door.people.by_id(proven.person)
        if person is None or person.disabled:
            raise PasskeyRefusedError("may not sign in", proven.person)
    except AuthError as error:
        return _form(visit, error)
    return proceed(visit, person, ("passkey",), visit.target(), complete=proven.verified)


def signed_in(visit: Visit) -> Response:
    """Says so, and what was tried since the last time; leads on by itself if there is nothing."""
    to = visit.target()
    _, person = visit.signed_in
    attempts = visit.parts.notices.look(visit.field("notice"))
    if attempts is None:
        return show(visit, "signed-in", refresh=to, to=to, person=person, attempts=None)
    told = {
        "count": attempts.count,
        "last": moment(attempts.last),
        "address": attempts.last_address,
    }
    return show(visit, "signed-in", to=to, person=person, attempts=told)


def _form(visit: Visit, error: AuthError | None = None) -> Response:
    to = visit.target()
    return show(
        visit,
        "sign-in",
        scripted=visit.site is not None,
        to=to,
        name=visit.field("name")[:64],
        error=error,
        passkey=ask_passkey(visit, None),
        providers=[
            {"title": title, "url": with_query(f"{WITH}/{name}", {"to": to})}
            for name, title in visit.parts.providers.shown(visit.config)
        ],
        nobody=not visit.parts.door.people.everybody(),
    )
