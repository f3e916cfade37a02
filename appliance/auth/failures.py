"""Why somebody is not let in or a change is refused, each by its own name."""

from datetime import timedelta


class AuthError(Exception):
    """The message is for the person in front of the screen; it never tells who exists."""

    code = "refused"


class WrongCredentialsError(AuthError):
    """Name and password do not belong together, or nobody has that name."""

    code = "wrong-credentials"

    def __init__(self) -> None:
        super().__init__("The name or the password is not right.")


class TooManyAttemptsError(AuthError):
    """Nothing was checked; the same answer whether the credentials were right."""

    code = "too-many-attempts"

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__("Too many failed attempts. Try again later.")


class BusyError(AuthError):
    """More people sign in at this moment than the machine can check passwords for."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Many people are signing in right now. Try again in a few seconds.")


class WeakPasswordError(AuthError):
    """A new password is too short, too long or too well known."""

    code = "weak-password"


class UnknownPersonError(AuthError):
    code = "unknown-person"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is nobody called {name!r}.")


class NameTakenError(AuthError):
    code = "name-taken"


class InvalidPersonError(AuthError):
    """A name, e-mail address or group is not written as one."""

    code = "invalid-person"


class DeclaredInYamlError(AuthError):
    """The YAML decides; it can only be changed there."""

    code = "declared-in-yaml"

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{what} of {name} is set in the YAML, under `auth.users.{name}`.")


class WithdrawnError(AuthError):
    """Only the YAML let the person in, and it names him no more."""

    code = "withdrawn"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was named in the YAML alone, and is not any more. Name {name} there again, or "
            "remove the account and make another one."
        )


class BurnedLinkError(AuthError):
    """A one-time link was used, replaced, has expired, or never existed."""

    code = "burned-link"

    def __init__(self) -> None:
        super().__init__("This link has been used or has expired. Ask for a new one.")


class BurnedCodeError(AuthError):
    """A hand-over code was used, is too old, or belongs to another host or browser."""

    code = "burned-code"

    def __init__(self) -> None:
        super().__init__("Signing in here took too long or was begun in another browser.")


class UnknownTokenError(AuthError):
    code = "unknown-token"

    def __init__(self) -> None:
        super().__init__("There is no such token.")
