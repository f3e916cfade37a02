"""Setting up a second factor: on the account's pages, and where signing in demands it."""

from dataclasses import dataclass, field

from appliance.auth.failures import AuthError
from appliance.auth.people.person import Person
from appliance.auth.second_factor.passkeys import PasskeyRefusedError
from appliance.web.account.asking import asked, challenge
from appliance.web.account.parts import Once
from appliance.web.account.places import NEW_CODES
from appliance.web.account.proving import WrongCodeError
from appliance.web.account.qr import picture
from appliance.web.account.visit import RefusedError, Visit, with_query


class BadLabelError(AuthError):
    code = "bad-label"

    def __init__(self) -> None:
        super().__init__("Give the passkey a name of at most 64 characters.")


@dataclass(frozen=True, slots=True)
class Offer:
    """A new authenticator secret, as a page shows it and gets it back."""

    sealed: str
    secret: str = field(repr=False)
    """In groups of four, to be typed."""
    picture: str = field(repr=False)
    uri: str = field(repr=False)


def offer_authenticator(visit: Visit, person: Person, sealed: str = "") -> Offer:
    """`sealed`: from a form that was not filled in right, so that the same picture stays."""
    secret = _unsealed(visit, person, sealed)
    made = visit.parts.factors.totp.enrolment(person, visit.title, secret)
    seal = visit.parts.door.keys.seal
    return Offer(
        sealed=seal.encrypt(f"{person.id} {made.secret}".encode()).decode(),
        secret=" ".join(made.secret[i : i + 4] for i in range(0, len(made.secret), 4)),
        picture=picture(made.uri),
        uri=made.uri,
    )


def set_up_authenticator(visit: Visit, person: Person) -> None:
    """From the form. Raises `WrongCodeError`, `TooManyAttemptsError`."""
    visit.parts.door.signing_in.allowed(person.name, visit.address)
    secret = _unsealed(visit, person, visit.field("secret"))
    if not secret or not visit.parts.factors.totp.confirm(person.id, secret, visit.field("code")):
        raise WrongCodeError
    visit.audit("totp.added", person)


def ask_new_passkey(visit: Visit, person: Person) -> dict[str, str] | None:
    """For a form; None where browsers have no passkeys."""
    if visit.site is None:
        return None
    return asked(visit, visit.parts.factors.passkeys.ask_new(person, visit.site), person)


def set_up_passkey(visit: Visit, person: Person) -> None:
    """From the form. Raises `PasskeyRefusedError`, `BadLabelError`."""
    label = " ".join(visit.field("label").split()) or "Passkey"
    if len(label) > 64 or not label.isprintable():
        raise BadLabelError
    if visit.site is None:
        raise RefusedError(403, "No passkeys here", "Set up an authenticator app instead.")
    question, passkeys = challenge(visit, person), visit.parts.factors.passkeys
    try:
        passkeys.add(person, visit.site, question, visit.field("passkey"), label)
    except PasskeyRefusedError as error:
        visit.audit("passkey.refused", person, error.reason)
        raise
    visit.audit("passkey.added", person, label)


def then(visit: Visit, person: Person, to: str) -> str:
    """Where to go after that: the first second factor comes with recovery codes."""
    if visit.parts.factors.of(person.id).recovery_codes:
        return to
    return show_new_codes(visit, person, to)


def show_new_codes(visit: Visit, person: Person, to: str) -> str:
    """Make recovery codes; the address of the page that shows them."""
    codes = visit.parts.factors.recovery.make(person.id)
    visit.audit("recovery-codes.made", person)
    return with_query(NEW_CODES, {"once": visit.parts.once.put(Once(person.id, codes)), "to": to})


def _unsealed(visit: Visit, person: Person, sealed: str) -> str:
    """The secret a page was made with, for this very person; empty if it was not."""
    plain = visit.parts.door.keys.unseal(sealed.encode("utf-8", "replace"))
    owner, _, secret = (plain or b"").decode().partition(" ")
    return secret if owner == str(person.id) else ""
