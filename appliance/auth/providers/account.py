"""An account elsewhere, and what the YAML's rules make of it. Decides; does nothing."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.auth.people.naming import NAME
from appliance.config.providers import Allow, Provider

_MOST_GROUPS = 1000
"""Of those a provider tells; more is not for us."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider says of the person, once that was checked."""

    provider: str
    """By its name in the YAML."""
    subject: str
    """The provider's own name for it, which never changes and is never given to another."""
    email: str | None = None
    email_verified: bool = False
    called: str = ""
    """A name to begin with; people choose it there and may change it."""
    full_name: str = ""
    groups: frozenset[str] = frozenset()
    proven: float | None = None
    """When the person proved there who he is, in Unix seconds; None: not told."""

    @property
    def verified_email(self) -> str | None:
        return self.email if self.email_verified else None


def merged(told: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of an ID token, and what its provider tells more; the token counts first.

    That an address is verified is believed of the address that it was said of.
    """
    same = "email" not in told or told["email"] == more.get("email")
    more = more if same else {key: more[key] for key in more if key != "email_verified"}
    return {**more, **told}


def account(
    provider: str, claims: Mapping[str, Any], groups_claim: str, proven: float | None = None
) -> Account:
    """From the claims of an ID token. What is not of the right kind counts as not told."""
    email = _text(claims.get("email"), 254).strip().lower()
    return Account(
        provider=provider,
        subject=_text(claims.get("sub"), 255),
        email=email if email.isascii() and email.count("@") == 1 else None,
        # Some providers send text. Whatever is not plainly true is not verified.
        email_verified=claims.get("email_verified") in (True, "true"),
        called=_text(claims.get("preferred_username") or claims.get("nickname"), 64),
        full_name=_text(claims.get("name"), 200),
        groups=_groups(claims, groups_claim),
        proven=proven,
    )


def admits(allow: Allow, account: Account) -> bool:
    """Whether the account is one of those that may come in; an address counts if verified."""
    if allow.everyone or account.groups & set(allow.groups):
        return True
    email = account.verified_email
    if email is None:
        return False
    return email.rpartition("@")[2] in allow.domains or email in {e.lower() for e in allow.emails}


def groups_here(provider: Provider, account: Account, now: Collection[str]) -> frozenset[str]:
    """The person's groups, with those that the provider decides about brought up to date."""
    decided = frozenset(provider.groups.values())
    told = {ours for theirs, ours in provider.groups.items() if theirs in account.groups}
    return (frozenset(now) - decided) | told


def name_here(account: Account, taken: Collection[str]) -> str:
    """A free name for a new person, which nobody can choose: rules in the YAML go by names.

    A verified address, or what the person is called there with the provider's name behind it.
    """
    email = account.verified_email
    if email and NAME.fullmatch(email) and email not in taken:
        return email
    bare = re.sub(r"[^a-z0-9._-]+", "-", account.called.lower()).strip("._-")[:24] or "somebody"
    plain = f"{bare}@{account.provider}"
    names = (plain if n == 1 else f"{bare}-{n}@{account.provider}" for n in range(1, 10_000))
    return next(name for name in names if name not in taken)


def _groups(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list):
        return frozenset()
    # Hugging Face tells organisations as objects.
    named = (g.get("preferred_username") if isinstance(g, Mapping) else g for g in found)
    return frozenset(text for group in list(named)[:_MOST_GROUPS] if (text := _text(group, 200)))


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        return ""
    return value
