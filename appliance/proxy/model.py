"""The route model: what Traefik should do, free of its syntax."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cookie:
    """Keeps a visitor with one server, because replicas hold their state in memory."""

    name: str
    path: str
    secure: bool = False
    """Sent back by HTTPS only."""


@dataclass(frozen=True)
class Probe:
    """A request that the proxy itself sends to see whether a server is there. Times in seconds."""

    host: str
    status: int
    """The answer of one that is."""
    every: int
    every_while_away: int


@dataclass(frozen=True)
class Service:
    """Where requests go."""

    name: str
    servers: tuple[str, ...]
    """`http://host:port`, in a stable order."""
    sticky: Cookie | None = None
    probe: Probe | None = None


@dataclass(frozen=True)
class Failover:
    """A service that is `main` while that one passes its probe, else `fallback`."""

    name: str
    main: str
    fallback: str


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
    answers: tuple[tuple[str, str], ...] = ()
    """Headers set on the way out."""


@dataclass(frozen=True)
class ToHttps:
    """Visitors who came by plain HTTP are sent on, with the request's method kept."""

    name: str
    port: int


@dataclass(frozen=True)
class OnePage:
    """Whatever is asked for, this path is what its visitors get."""

    name: str
    path: str


@dataclass(frozen=True)
class ForwardAuth:
    """Each request is asked about before it goes on; what is not answered 2xx ends there."""

    name: str
    address: str
    """URL, with the path that names what is guarded."""
    asked_headers: tuple[str, ...]
    """Headers of the request that are shown."""
    answer_headers: tuple[str, ...]
    """Headers of the request that the answer replaces, or removes by leaving them out."""
    believing: bool = False
    """Whether it hears the whole chain of addresses, which begins with what a visitor claims."""


@dataclass(frozen=True)
class Patience:
    """A server that takes no connection is tried again; what was sent once is never repeated."""

    name: str
    attempts: int
    milliseconds: int
    """Between the first two; it grows to twice as much."""


@dataclass(frozen=True)
class WholeBodies:
    """A request with a short body goes on once the body is there; a longer one is streamed.

    Over HTTP/1.1 Go's server closes a request's body when the answer begins. If its client has not
    seen the end of it by then, Traefik drops the connection to the server in mid-answer.
    """

    name: str
    bytes: int
    """Of the longest that is waited for. Traefik allocates as many for every request."""


Middleware = ErrorPages | RequestHeaders | ForwardAuth | OnePage | ToHttps | Patience | WholeBodies


@dataclass(frozen=True)
class Router:
    """Which requests go where."""

    name: str
    rule: str
    service: str
    entry_points: tuple[str, ...]
    priority: int
    """The highest of all matching routers wins."""
    middlewares: tuple[str, ...] = ()


@dataclass(frozen=True)
class RouteModel:
    """All routes, in a stable order, so that equal models render to equal files."""

    routers: tuple[Router, ...] = ()
    services: tuple[Service, ...] = ()
    failovers: tuple[Failover, ...] = ()
    middlewares: tuple[Middleware, ...] = ()
