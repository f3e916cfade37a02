"""Who is asking, and under which public address. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from .headers import RawHeaders, first, listed, only

Networks = Sequence[IPv4Network | IPv6Network]

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class Address:
    """Scheme and host (with its port, if any) that visitors use."""

    scheme: str
    host: str


@dataclass(frozen=True)
class Visit:
    """What a request says about its visitor, once only trusted peers are believed."""

    client: str | None
    """The visitor's address; None: the peer's own."""
    scheme: str
    host: str


def networks(peers: Sequence[str]) -> Networks:
    """Parses addresses and networks. Raises ValueError."""
    return tuple(ip_network(peer, strict=False) for peer in peers)


def contains(trusted: Networks, address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def public_address(root: str | None) -> Address | None:
    """Where visitors find the app; None in local mode."""
    if root is None:
        return None
    parts = urlsplit(root)
    return Address(parts.scheme, parts.netloc)


@lru_cache(maxsize=256)
def host_name(host: str) -> str | None:
    """The name in a Host header without its port; None if the header is malformed."""
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > 65535:
        return None
    return match["name"].strip("[]").lower().rstrip(".")


def is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_literal(name: str) -> bool:
    """Whether it is an IP address, which no stranger's DNS can point elsewhere."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def visit(
    headers: RawHeaders,
    peer: str | None,
    trusted: Networks,
    public: Address | None,
    default_host: str,
) -> Visit | None:
    """Client, scheme and host of a request; None if it names a host this app does not have.

    With a public address every request gets exactly that one. Without (local mode) the host is
    the visitor's, so that port-forwards work, but only under a loopback name: a page of another
    site must not reach the app through a DNS name that points to the visitor's own machine.
    """
    believed = peer is not None and contains(trusted, peer)
    client = _client(headers, trusted) if believed else None
    if public is not None:
        return Visit(client, public.scheme, public.host)
    scheme = _scheme(headers) if believed else "http"
    host = _local_host(headers, believed=believed)
    name = host_name(host) if host else None
    if host and name and is_loopback(name):
        return Visit(client, scheme, host)
    if name and is_literal(name):
        return Visit(client, scheme, default_host)
    return None


def _client(headers: RawHeaders, trusted: Networks) -> str | None:
    """What our proxy says, or the nearest address that is not itself a trusted proxy.

    Proxies in front of ours, which this server does not know, are in the chain too.
    """
    said = (only(headers, b"x-real-ip") or b"").decode("latin-1")
    if is_literal(said):
        return said
    chain = listed(headers, b"x-forwarded-for")
    for address in reversed(chain):
        if is_literal(address) and not contains(trusted, address):
            return address
    return chain[0] if chain and is_literal(chain[0]) else None


def _scheme(headers: RawHeaders) -> str:
    claimed = listed(headers, b"x-forwarded-proto")[:1]
    return "https" if claimed in (["https"], ["wss"]) else "http"


def _local_host(headers: RawHeaders, *, believed: bool) -> str | None:
    forwarded = listed(headers, b"x-forwarded-host")[:1] if believed else []
    if forwarded:
        return forwarded[0]
    value = only(headers, b"host") if first(headers, b"host") else None
    return value.decode("latin-1") if value else None
