"""The route model: what Traefik should do, free of its syntax."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Service:
    """Where requests go."""

    name: str
    servers: tuple[str, ...]
    """`http://host:port`, in a stable order."""
    sticky: bool = False
    """Whether a visitor stays with one server (replicas hold state in memory)."""


@dataclass(frozen=True)
class ErrorPages:
    """Answers of the proxy itself (no server, no answer) are replaced by a page of `control`."""

    name: str
    query: str
    """Path and query on the control service; `{status}` is Traefik's."""


@dataclass(frozen=True)
class RequestHeaders:
    """Headers set on the way in; an empty value removes the header."""

    name: str
    values: tuple[tuple[str, str], ...]


Middleware = ErrorPages | RequestHeaders


@dataclass(frozen=True)
class Router:
    """Which requests go where."""

    name: str
    rule: str
    service: str
    entry_points: tuple[str, ...]
    middlewares: tuple[str, ...] = ()
    priority: int = 0
    """0: Traefik's own (the longer rule wins)."""
    tls: Literal[False] = False


@dataclass(frozen=True)
class RouteModel:
    """All routes, in a stable order, so that equal models render to equal files."""

    routers: tuple[Router, ...] = ()
    services: tuple[Service, ...] = ()
    middlewares: tuple[Middleware, ...] = ()
