"""Where a visitor is, when proxies of one's own stand in front of Traefik."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

_HEADER = b"x-forwarded-for"


class VisitorAddress:
    """Leaves one address in `X-Forwarded-For`: the last one that no proxy of ours has."""

    def __init__(self, app: ASGIApp, trusted: Callable[[], tuple[str, ...]]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = scope["headers"]
            told = b",".join(value for name, value in headers if name == _HEADER)
            address = visitor_address(told.decode("latin-1"), self._trusted())
            kept = [header for header in headers if header[0] != _HEADER]
            scope["headers"] = [*kept, (_HEADER, address.encode("latin-1"))]
        await self._app(scope, receive, send)


def visitor_address(told: str, trusted: Iterable[str]) -> str:
    """From the chain of addresses that Traefik passes on, the nearest proxy last.

    What stands left of the first address that is not a proxy of ours is a visitor's claim.
    """
    chain = [part.strip() for part in told.split(",") if part.strip()]
    networks = _networks(tuple(trusted))
    for address in reversed(chain):
        if not _within(address, networks):
            return address
    return chain[0] if chain else ""


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        where = ip_address(address)
    except ValueError:
        return False
    return any(where in network for network in networks)


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in trusted)
