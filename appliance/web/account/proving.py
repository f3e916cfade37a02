"""Proofs of a second factor, wherever one is asked for; failures count against the account."""

from appliance.auth.failures import AuthError
from appliance.auth.people.person import Person
from appliance.auth.second_factor.passkeys import PasskeyRefusedError, Proven
from appliance.web.account.asking import asked, challenge
from appliance.web.account.visit import RefusedError, Visit


class WrongCodeError(AuthError):
    code = "wrong-code"

    def __init__(self) -> None:
        super().__init__(
            "That code is not right, or was used already. Wait for the next one, and see that the "
            "clock of your phone is right."
        )


class WrongRecoveryCodeError(AuthError):
    code = "wrong-code"

    def __init__(self) -> None:
        super().__init__("That is none of your recovery codes, or it was used already.")


def prove_code(visit: Visit, person: Person, code: str) -> str:
    """The method, `totp`. Raises `WrongCodeError`, `TooManyAttemptsError`."""
    signing_in = visit.parts.door.signing_in
    signing_in.allowed(person.name, visit.address)
    if not visit.parts.factors.totp.check(person.id, code):
        signing_in.failed(person.name, visit.address, "totp")
        raise WrongCodeError
    return "totp"


def prove_recovery_code(visit: Visit, person: Person, code: str) -> str:
    """The method, `recovery-code`. Raises `WrongRecoveryCodeError`, `TooManyAttemptsError`."""
    signing_in = visit.parts.door.signing_in
    signing_in.allowed(person.name, visit.address)
    if not visit.parts.factors.recovery.use(person.id, code):
        signing_in.failed(person.name, visit.address, "recovery-code")
        raise WrongRecoveryCodeError
    visit.audit("recovery-code.used", person)
    return "recovery-code"


def ask_passkey(visit: Visit, person: Person | None) -> dict[str, str] | None:
    """For a form: the browser's options and the id of the question; None: no passkeys here."""
    if visit.site is None:
        return None
    who = person.id if person else None
    return asked(visit, visit.parts.factors.passkeys.ask(visit.site, who), person)


def prove_passkey(visit: Visit, person: Person | None) -> Proven:
    """Raises `PasskeyRefusedError`, `TooManyAttemptsError`."""
    signing_in = visit.parts.door.signing_in
    # An unknown passkey counts against its address: no account is nobody's, to be locked out of.
    name = person.name if person else f"passkey {visit.address}"
    signing_in.allowed(name, visit.address)
    if visit.site is None:
        raise RefusedError(403, "No passkeys here", "Use another way to sign in.")
    question, who = challenge(visit, person), person.id if person else None
    try:
        return visit.parts.factors.passkeys.prove(visit.site, question, visit.field("passkey"), who)
    except PasskeyRefusedError as error:
        known = visit.parts.door.people.by_id(error.person) if error.person else None
        if known is not None:
            visit.audit("passkey.refused", known, error.reason)
        signing_in.failed(known.name if known else name, visit.address, "passkey")
        raise
