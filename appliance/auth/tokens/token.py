"""A token, and what it may be used for. Plain values."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network

from appliance.auth.failures import AuthError

PREFIX = "gat_"
"""Tells a token apart from a password and from other services' tokens, also for secret scanners."""


class InvalidCaveatError(AuthError):
    code = "invalid-caveat"


class Use(StrEnum):
    """What a token may be limited to."""

    PREDICT = "predict"
    """Call the app's functions and fetch their results, also over MCP."""
    UPLOAD = "upload"
    """Send files for them."""
    MANAGE = "manage"
    """The appliance's own API; opens no app."""


@dataclass(frozen=True, slots=True)
class Caveats:
    """The limits of a token; without any it may do what its person may."""

    apps: tuple[str, ...] = ()
    """Names of apps; empty: all."""
    uses: tuple[Use, ...] = ()
    """Empty: all, pages included."""
    networks: tuple[str, ...] = ()
    """Where it may be used from (`192.0.2.0/24`); empty: anywhere."""
    until: float | None = None
    """Unix time; None: no end."""
    origin: str = ""
    """Of the site it was made for: good inside that site's pages and nowhere else. Empty: a token
    for programs."""

    def allow_address(self, address: str) -> bool:
        if not self.networks:
            return True
        try:
            where = ip_address(address)
        except ValueError:
            return False
        return any(where in ip_network(network) for network in self.networks)


@dataclass(slots=True, eq=False)
class Token:
    """A token without its secret, which nobody but its owner knows."""

    id: str
    digest: bytes = field(repr=False)
    person: int
    label: str
    caveats: Caveats
    created: float
    last_used: float | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its secret, to be shown once."""

    token: Token
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token on its way to the page of the one app it is for."""

    person: int
    app: str
    secret: str = field(repr=False)
