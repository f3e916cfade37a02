"""Somebody who may sign in, and what may become of him. Plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, as of now; replaced by a new one when anything changes."""

    id: int
    name: str
    full_name: str
    email: str | None
    email_verified: bool
    groups: frozenset[str]
    admin: bool
    disabled: bool
    """May not sign in, and whatever proof of him exists counts for nothing."""
    declared: bool
    """In the YAML, which decides about the password, the groups and the rest."""
    has_password: bool
    created: float
    withdrawn: bool = False
    """Was in the YAML, which names him no more."""

    @property
    def shown(self) -> str:
        """What to call the person on a page."""
        return self.full_name or self.name


@dataclass(frozen=True, slots=True)
class Declared:
    """Somebody the YAML names."""

    password_hash: str | None = field(default=None, repr=False)
    full_name: str = ""
    email: str | None = None
    groups: frozenset[str] = frozenset()
    admin: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be made. Without a password he signs in by a provider or an invitation."""

    name: str
    password: str | None = field(default=None, repr=False)
    full_name: str = ""
    email: str | None = None
    email_verified: bool = False
    groups: Iterable[str] = ()
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes different about somebody; None: nothing."""

    full_name: str | None = None
    email: str | None = None
    """Empty: none."""
    email_verified: bool | None = None
    groups: Iterable[str] | None = None
    admin: bool | None = None
    disabled: bool | None = None
