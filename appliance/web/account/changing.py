"""The account's forms about how one proves who one is."""

from fastapi.responses import Response

from appliance.auth.failures import AuthError, WeakPasswordError, WrongCredentialsError
from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Demand
from appliance.web.account import once
from appliance.web.account.confirming import WrongPasswordError
from appliance.web.account.places import ACCOUNT
from appliance.web.account.setting_up import (
    ask_new_passkey,
    offer_authenticator,
    set_up_authenticator,
    set_up_passkey,
    show_new_codes,
    then,
)
from appliance.web.account.showing import show
from appliance.web.account.visit import Visit, with_query


class LastFactorError(AuthError):
    code = "last-factor"

    def __init__(self) -> None:
        super().__init__(
            "You need a second factor here, and this is your last one. Set up another one first."
        )


def password_form(visit: Visit, error: AuthError | None = None) -> Response:
    _, person = visit.signed_in
    return show(visit, "password", error=error, person=person)


def change_password(visit: Visit) -> Response:
    session, person = visit.signed_in
    door = visit.parts.door
    try:
        if person.has_password:
            _check_password(visit, person)
        if visit.field("password") != visit.field("repeated"):
            raise WeakPasswordError("The two new passwords are not the same.")
        door.people.set_password(person.name, visit.field("password"))
    except AuthError as error:
        return password_form(visit, error)
    door.sessions.end_all(person.id, except_family=session.family)
    visit.keep_session(door.sessions.confirm(session, "password").secret)
    visit.audit("password.changed", person)
    return visit.go(ACCOUNT, done="password")


def authenticator_form(visit: Visit, error: AuthError | None = None) -> Response:
    _, person = visit.signed_in
    offer = offer_authenticator(visit, person, visit.field("secret"))
    enrolled = visit.parts.factors.of(person.id).totp
    return show(visit, "authenticator", error=error, offer=offer, replaces=enrolled)


def add_authenticator(visit: Visit) -> Response:
    _, person = visit.signed_in
    try:
        set_up_authenticator(visit, person)
    except AuthError as error:
        return authenticator_form(visit, error)
    return _added(visit, person, "authenticator")


def remove_authenticator(visit: Visit) -> Response:
    _, person = visit.signed_in
    enrolled = visit.parts.factors.of(person.id)
    if enrolled.totp:
        _keep_one(visit, person, others=enrolled.passkeys)
        visit.parts.factors.totp.remove(person.id)
        visit.audit("totp.removed", person)
        _forget_codes(visit, person)
    return visit.go(ACCOUNT, done="authenticator-removed")


def passkey_form(visit: Visit, error: AuthError | None = None) -> Response:
    _, person = visit.signed_in
    passkey = ask_new_passkey(visit, person)
    return show(visit, "passkey", error=error, scripted=passkey is not None, passkey=passkey)


def add_passkey(visit: Visit) -> Response:
    _, person = visit.signed_in
    try:
        set_up_passkey(visit, person)
    except AuthError as error:
        return passkey_form(visit, error)
    return _added(visit, person, "passkey")


def remove_passkey(visit: Visit) -> Response:
    _, person = visit.signed_in
    enrolled = visit.parts.factors.of(person.id)
    _keep_one(visit, person, others=enrolled.passkeys - 1 + enrolled.totp)
    removed = visit.parts.factors.passkeys.remove(person.id, visit.field("id"))
    if removed is not None:
        visit.audit("passkey.removed", person, removed.label)
        _forget_codes(visit, person)
    return visit.go(ACCOUNT, done="passkey-removed")


def make_codes(visit: Visit) -> Response:
    _, person = visit.signed_in
    return visit.go(show_new_codes(visit, person, ACCOUNT))


def new_codes(visit: Visit) -> Response:
    """What `make_codes` made, for a few minutes."""
    _ = visit.signed_in
    codes = once.kept(visit, "These recovery codes are not shown again. You can make new ones.")
    return show(
        visit, "recovery-codes", scripted=True, codes=codes, to=visit.target(), host=visit.origin
    )


def _added(visit: Visit, person: Person, done: str) -> Response:
    session, _ = visit.signed_in
    door = visit.parts.door
    # Whoever signed in elsewhere did so without it.
    door.sessions.end_all(person.id, except_family=session.family)
    method = "totp" if done == "authenticator" else "passkey"
    visit.keep_session(door.sessions.confirm(session, method).secret)
    return visit.go(then(visit, person, with_query(ACCOUNT, {"done": done})))


def _keep_one(visit: Visit, person: Person, *, others: int) -> None:
    if others < 1 and visit.demand(person) is Demand.REQUIRED:
        raise LastFactorError


def _forget_codes(visit: Visit, person: Person) -> None:
    """Recovery codes stand in for a factor; without one they are worth nothing."""
    if not visit.parts.factors.of(person.id).any:
        visit.parts.factors.recovery.remove(person.id)


def _check_password(visit: Visit, person: Person) -> None:
    try:
        visit.parts.door.signing_in.password(person.name, visit.field("current"), visit.address)
    except WrongCredentialsError:
        raise WrongPasswordError from None
