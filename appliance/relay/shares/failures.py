"""What the operator asks for and the relay cannot do, in words for that person."""

from typing import ClassVar


class SteeringError(Exception):
    code: ClassVar[str]
    """Stable, for programs."""


class UnknownShareError(SteeringError):
    code = "unknown-share"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no share {name!r}.")


class UnknownKeyError(SteeringError):
    """There is no key of that name, or it was revoked."""

    code = "unknown-key"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no valid key {name!r}.")


class KeyExistsError(SteeringError):
    code = "key-exists"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a key {name!r} already; revoke it, or choose another name.")
