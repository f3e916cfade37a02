"""How names, addresses and groups are written. Pure; raises `InvalidPersonError`."""

import re
from collections.abc import Iterable

from appliance.auth.failures import InvalidPersonError

NAME = re.compile(r"[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?")
GROUP = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[a-z0-9]([a-z0-9.-]{0,186}[a-z0-9])?")
MOST_GROUPS = 64
"""Groups travel in a header with every request."""


def checked(name: str, email: str | None, groups: Iterable[str]) -> None:
    """Raises `InvalidPersonError` for what no account could have."""
    written_name(name)
    written_email(email)
    written_groups(groups)


def written_name(text: str) -> str:
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise InvalidPersonError(
            "A name has at most 64 small letters, digits and . _ @ + - inside, such as `ada`."
        )
    return name


def written_full_name(text: str) -> str:
    full = " ".join(text.split())
    if len(full) > 200 or not all(char.isprintable() for char in full):
        raise InvalidPersonError("A full name has at most 200 printable characters.")
    return full


def written_email(text: str | None) -> str | None:
    if text is None:
        return None
    email = text.strip().lower()
    if not email.isascii() or not _EMAIL.fullmatch(email):
        raise InvalidPersonError("That is no e-mail address.")
    return email


def written_groups(groups: Iterable[str]) -> frozenset[str]:
    chosen = frozenset(group.strip().lower() for group in groups)
    if len(chosen) > MOST_GROUPS:
        raise InvalidPersonError(f"A person is in at most {MOST_GROUPS} groups.")
    for group in chosen:
        if not GROUP.fullmatch(group):
            raise InvalidPersonError(
                "A group has at most 64 small letters, digits and . _ - inside, such as `lab`."
            )
    return chosen
