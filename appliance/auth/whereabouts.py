"""Where a visitor is, when proxies of one's own stand in front of Traefik. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

NETWORK_FACTOR = 16
"""How many times as much a /48 may do as one address of it."""


def visitor_address(told: str, trusted: Iterable[str]) -> str:
    """From the chain of addresses that Traefik passes on, the nearest proxy last.

    What stands left of the first address that is not a proxy of ours is a visitor's claim.
    """
    chain = [_bare(part.strip()) for part in told.split(",") if part.strip()]
    networks = _networks(tuple(trusted))
    for address in reversed(chain):
        if not _within(address, networks):
            return address
    return chain[0] if chain else ""


def _bare(told: str) -> str:
    """An address without what some proxies put around it: a port, brackets, IPv6 around IPv4."""
    inner = re.fullmatch(r"\[([^\]]*)\](?::\d+)?|([0-9.]+):\d+", told)
    text = (inner[1] or inner[2] or "") if inner else told
    try:
        found = ip_address(text)
    except ValueError:
        return told
    return str(found if isinstance(found, IPv4Address) else found.ipv4_mapped or found)


def place(address: str) -> str:
    """What counts as one address: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def network(address: str) -> str | None:
    """The /48 around an IPv6 address, of which one customer may have the whole; None: IPv4."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv4Address) or found.ipv4_mapped:
        return None
    return str(ip_network((found, 48), strict=False))


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        where = ip_address(address)
    except ValueError:
        return False
    return any(where in network for network in networks)


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in trusted)
