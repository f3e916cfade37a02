"""Signing in with a name and a password or token: throttle, check, count, tell the audit."""

from appliance.auth.audit import Audit, Event
from appliance.auth.failures import AuthError, TooManyAttemptsError, WrongCredentialsError
from appliance.auth.people.people import People
from appliance.auth.people.person import Person
from appliance.auth.signing_in.attempts import FailedAttempts
from appliance.auth.signing_in.throttle import Throttle
from appliance.auth.stats import AuthStats


class SigningIn:
    """The one way to check a password that a stranger typed."""

    def __init__(
        self,
        people: People,
        throttle: Throttle,
        attempts: FailedAttempts,
        audit: Audit,
        stats: AuthStats,
    ) -> None:
        self._people = people
        self._throttle = throttle
        self._attempts = attempts
        self._audit = audit
        self._stats = stats

    def password(self, name: str, password: str, address: str) -> Person:
        """Who it is, if name and password belong together. A second factor may have to follow.

        Takes a tenth of a second: call it from a thread. Raises `WrongCredentialsError`,
        `TooManyAttemptsError`, `BusyError`; none tells whether anybody has that name.
        """
        self.allowed(name, address)
        try:
            person = self._people.verify(name, password)
        except AuthError as error:
            self._stats.sign_ins[error.code] += 1
            raise
        if person is None:
            self.failed(name, address, "password")
            raise WrongCredentialsError
        return person

    def allowed(self, name: str, address: str) -> None:
        """Before a proof of any kind is looked at. Raises `TooManyAttemptsError`."""
        try:
            self._throttle.check(name, address)
        except TooManyAttemptsError as error:
            self._stats.sign_ins[error.code] += 1
            known = self._people.by_name(name)
            subject = known.name if known else ""
            self._audit.write(Event("sign-in.throttled", subject=subject, address=address))
            raise

    def failed(self, name: str, address: str, method: str) -> None:
        """A proof was wrong: a password, a code of the second step, a passkey."""
        self._throttle.failed(name, address)
        self._stats.sign_ins["wrong-credentials"] += 1
        person = self._people.by_name(name)
        if person is not None:
            self._attempts.note(person.id, address)
        # What nobody is called may be a password in the wrong field.
        subject, detail = (person.name, method) if person else ("", f"{method}; unknown name")
        self._audit.write(Event("sign-in.failed", subject=subject, address=address, detail=detail))

    def succeeded(self, person: Person, address: str, methods: tuple[str, ...]) -> None:
        """Every proof that was needed is there; the session is about to begin."""
        self._throttle.succeeded(person.name, address)
        self._stats.sign_ins["succeeded"] += 1
        self._audit.write(
            Event(
                "sign-in.succeeded",
                actor=person.name,
                subject=person.name,
                address=address,
                detail=" + ".join(methods),
            )
        )
