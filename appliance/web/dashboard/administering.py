"""What the forms about people, invitations and tokens do; each answers where to go then."""

from typing import Any

from fastapi.responses import Response

from appliance.auth.administering.administration import Administration
from appliance.auth.failures import AuthError
from appliance.auth.people.links import LIVES, Invitation, Kind
from appliance.auth.people.person import Change
from appliance.auth.places import LINK
from appliance.web.account import once
from appliance.web.account.showing import status_of, words
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard import people, showing
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.places import INVITATIONS, LINK_ONCE, PEOPLE, TOKENS, person_page


async def change(caller: Caller) -> Response:
    one, field = people.person_of(caller), caller.visit.field
    himself = people.is_himself(caller, one)
    wanted = Change(
        full_name=field("full_name"),
        email=field("email").strip(),
        # Whoever administers vouches for the address.
        email_verified=bool(field("email").strip()),
        groups=_words(field("groups")),
        # Nobody locks himself out, nor all others by being the last.
        admin=None if himself else field("admin") == "yes",
        disabled=None if himself else field("disabled") == "yes",
    )
    await people.in_thread(lambda: _of(caller).change(one.name, wanted))
    return caller.visit.go(person_page(one.name), done="person")


async def sign_out(caller: Caller) -> Response:
    one = people.person_of(caller)
    await people.in_thread(lambda: _of(caller).sign_out(one.name))
    return caller.visit.go(person_page(one.name), done="signed-out")


async def unlock(caller: Caller) -> Response:
    one = people.person_of(caller)
    await people.in_thread(lambda: _of(caller).unlock(one.name))
    return caller.visit.go(person_page(one.name), done="unlocked")


def ask_forget_factors(caller: Caller) -> Question:
    one = people.person_of(caller)
    return Question(
        f"Forget the second factors of {one.name}?",
        "Codes, passkeys and recovery codes are worth nothing then, and he is signed out "
        "everywhere. Do it only for somebody you are sure of.",
        "Forget them",
        person_page(one.name),
    )


async def forget_factors(caller: Caller) -> Response:
    one = people.person_of(caller)
    await people.in_thread(lambda: _of(caller).forget_factors(one.name))
    return caller.visit.go(person_page(one.name), done="factors")


def ask_remove(caller: Caller) -> Question:
    one = people.person_of(caller)
    if people.is_himself(caller, one):
        raise RefusedError(409, "Not yourself", "Another administrator can remove your account.")
    return Question(
        f"Remove {one.name}?",
        "For good, with all tokens and sessions. The audit keeps the name. To keep somebody out "
        "for a while, disable the account.",
        "Remove the account",
        person_page(one.name),
    )


async def remove(caller: Caller) -> Response:
    name = people.person_of(caller).name
    await people.in_thread(lambda: _of(caller).remove(name))
    return caller.visit.go(PEOPLE, done="removed")


async def reset(caller: Caller) -> Response:
    name = people.person_of(caller).name
    secret = await people.in_thread(lambda: _of(caller).reset(name))
    return _show_once(caller, Kind.RESET, name, secret)


async def invite(caller: Caller) -> Response:
    field = caller.visit.field
    told = Invitation(
        groups=_words(field("groups")),
        admin=field("admin") == "yes",
        name=field("name").strip(),
        email=field("email").strip(),
    )
    try:
        people.check(told)
        secret = await people.in_thread(lambda: _of(caller).invite(told))
    except AuthError as error:
        values = {**await people.new_invitation(caller), "error": words(error), "told": told}
        return showing.page(caller, "invite", values, status=status_of(error))
    return _show_once(caller, Kind.INVITATION, told.name, secret)


async def withdraw(caller: Caller) -> Response:
    digest = caller.visit.field("link")
    await people.in_thread(lambda: _of(caller).withdraw(digest))
    return caller.visit.go(INVITATIONS, done="withdrawn")


async def revoke(caller: Caller) -> Response:
    token = caller.visit.field("id")
    _, owner = await people.in_thread(lambda: _of(caller).revoke_token(token))
    back = person_page(owner) if owner and caller.visit.field("back") == "person" else TOKENS
    return caller.visit.go(back, done="token")


async def link_once(caller: Caller) -> dict[str, Any]:
    """The link that was made a moment ago, for whoever made it."""
    again = "This link is not shown again. Make a new one."
    kind, name, secret = once.kept(caller.visit, again)
    return {
        "kind": kind,
        "name": name,
        "url": f"{caller.visit.origin}{LINK}/{secret}",
        "days": LIVES[Kind(kind)].days,
    }


def _show_once(caller: Caller, kind: Kind, name: str, secret: str) -> Response:
    return caller.visit.go(LINK_ONCE, once=once.keep(caller.visit, kind.value, name, secret))


def _of(caller: Caller) -> Administration:
    actor = caller.visit.person.name if caller.visit.person else ""
    return Administration(caller.visit.parts.door, actor, caller.visit.address)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
