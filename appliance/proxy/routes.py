"""What visitors may reach: configuration and the app host's status in, a route model out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from appliance.apps.model import AppStatus, HostStatus, InstanceState, InstanceStatus
from appliance.auth.browsers import cookies
from appliance.auth.forward.traefik import (
    ANSWER_HEADERS,
    ASKED_HEADERS,
    LEFTOVERS_PATH,
    SHARES_PATH,
    WHERE_HEADER,
    guard_path,
)
from appliance.config.access import guards, members_only
from appliance.config.addresses import Address, address, names, secure, share_domain, trusted
from appliance.config.schema import Config
from appliance.proxy.headers import CLAIMS, headers
from appliance.proxy.leftovers import LEFTOVERS, cleaned
from appliance.proxy.model import (
    Cookie,
    ErrorPages,
    Failover,
    ForwardAuth,
    Middleware,
    OnePage,
    Patience,
    Probe,
    RouteModel,
    Router,
    Service,
    ToHttps,
    WholeBodies,
)

LOCAL, HTTP, HTTPS = "local", "http", "https"
"""Entry points. Apps have routes on exactly one of them, see `entry_point`."""
CONTROL = "control"
SHARES, RELAY = "shares", "relay"
ACME_PREFIX = "/.well-known/acme-challenge/"
"""Where a certificate authority looks, by plain HTTP on port 80."""
OWN_PREFIX = "/-/"
"""Pages and static files of `control`, on every host; no app can have this path."""
LOOPBACK_NAMES = r"^(localhost|127\.0\.0\.1|\[?::1\]?|([a-z0-9-]+\.)+localhost)$"
"""Other names that resolve to loopback are a web site's attempt to reach into this machine."""

OUTSIDE_PATH = f"{OWN_PREFIX}outside"
"""What those get who go round a proxy in front."""

_TO_HTTPS = "to-https"
_OUTSIDE = "outside"
_VIEWERS = "viewers-of-shares"
_PATIENCE = Patience("restarts-of-the-relay", attempts=30, milliseconds=250)
"""Some 12 s: longer than a restart takes, and than `_PROBE` takes to notice that there is none."""
_WHOLE = WholeBodies("whole-bodies", 16 * 1024)
"""Longer than what Gradio's clients and MCP clients ask with; uploads are longer."""
_PROBE = Probe("relay.invalid", status=404, every=8, every_while_away=1)
"""Rarely, so that most restarts pass unnoticed. That nobody shares under this name is known to a
relay that works."""
_CATCH_ALL, _REDIRECT, _APP, _LOGIN, _SHARES, _OWN = 1, 100, 1_000, 5_000, 5_000, 10_000

_Live = Mapping[str, tuple[InstanceStatus, ...]]
"""By app, whom visitors are sent to; none that has nobody."""


def routes(
    config: Config,
    host_status: HostStatus,
    control_url: str,
    forward_url: str = "",
    shares_url: str | None = None,
) -> RouteModel:
    """Every live app goes to its instances, links to the relay, all else to `control`.

    The URLs are `http://host:port` as Traefik reaches them; `forward_url` (ForwardAuth) is needed
    where people can sign in, and without `shares_url` there are no links. An app that has no
    instance to serve it gets no route of its own: the catch-all leads to `control`, which knows.
    """
    domain = share_domain(config) if shares_url else None
    live = _live(config, host_status)
    return RouteModel(
        routers=tuple(_by_the_proxy(config, _routers(config, live, domain))),
        services=(
            Service(CONTROL, (control_url,)),
            *([Service(RELAY, (shares_url,), probe=_PROBE)] if domain and shares_url else ()),
            *(_service(config, name, instances) for name, instances in live.items()),
        ),
        failovers=(Failover(SHARES, RELAY, CONTROL),) if domain else (),
        middlewares=tuple(_middlewares(config, live, domain, forward_url)),
    )


def entry_point(config: Config) -> str:
    """The only one by which visitors reach apps: with TLS there is no plain way to them."""
    if not config.public:
        return LOCAL
    return HTTP if config.tls_mode == "off" else HTTPS


def _live(config: Config, status: HostStatus) -> _Live:
    statuses = {one.name: one for one in status.apps}
    found = {name: serving(statuses[name]) for name in sorted(config.apps) if name in statuses}
    return {name: instances for name, instances in found.items() if instances}


def serving(status: AppStatus) -> tuple[InstanceStatus, ...]:
    """The instances that visitors are sent to, in a stable order.

    One that has stopped answering its probe is better than none: it may only be busy, and its
    visitors' jobs would be lost if they were turned away.
    """
    current = sorted(
        (i for i in status.instances if status.live is None or i.release == status.live),
        key=lambda instance: instance.id,
    )
    ready = tuple(i for i in current if i.state is InstanceState.READY)
    return ready or tuple(i for i in current if i.state is InstanceState.UNRESPONSIVE)


def _routers(config: Config, live: _Live, domain: str | None) -> Iterator[Router]:
    entry = entry_point(config)
    yield _pages("pages", "PathPrefix(`/`)", entry, _CATCH_ALL)
    yield _pages("pages-own", f"PathPrefix(`{OWN_PREFIX}`)", entry, _OWN)
    ways = [_shares(config, domain, entry)] if domain else []
    ways += [_router(config, name, entry) for name in live]
    yield from ways
    if not guards(config):
        yield from map(cleaned, ways)
    for name in live:
        if guards(config) and config.apps[name].login == "appliance":
            yield from _signing(config, name, entry)
    if config.public:
        # Behind a proxy in front nobody orders: the doctor looks there whether he meets us.
        yield _pages("plain-acme", f"PathPrefix(`{ACME_PREFIX}`)", HTTP, _OWN)
    if entry == HTTPS:
        yield _plain(config)


def _by_the_proxy(config: Config, routers: Iterable[Router]) -> Iterator[Router]:
    """Where a proxy in front adds TLS, nothing is reached by going round it: that way is plain."""
    proxies = " || ".join(f"ClientIP(`{network}`)" for network in trusted(config))
    if not proxies:
        yield from routers
        return
    for router in routers:
        yield replace(router, rule=f"({proxies}) && ({router.rule})")
    middlewares = (CLAIMS, _OUTSIDE)
    yield Router(_OUTSIDE, f"!({proxies})", CONTROL, (HTTP,), _CATCH_ALL, middlewares)


def _middlewares(
    config: Config, live: _Live, domain: str | None, forward_url: str
) -> Iterator[Middleware]:
    yield headers(config)
    if live or domain:
        yield _WHOLE
    if domain:
        yield _PATIENCE
    if entry_point(config) == HTTPS:
        yield ToHttps(_TO_HTTPS, config.ports.https)
    if trusted(config):
        yield OnePage(_OUTSIDE, OUTSIDE_PATH)
    for name in live:
        yield ErrorPages(_errors(name), f"/-/error/{{status}}?app={name}")
    if guards(config):
        for name in live:
            yield _asks(config, _guard(name), forward_url + guard_path(name))
        if domain:
            yield _asks(config, _VIEWERS, forward_url + SHARES_PATH)
    elif live or domain:
        yield _asks(config, LEFTOVERS, forward_url + LEFTOVERS_PATH)


def _plain(config: Config) -> Router:
    """Plain HTTP where there is TLS: our own names lead there, others nowhere."""
    rule = " || ".join(_host(name) for name in names(config))
    return Router("plain-to-https", rule, CONTROL, (HTTP,), _REDIRECT, (_TO_HTTPS,))


def _pages(name: str, rule: str, entry_point: str, priority: int) -> Router:
    return Router(name, rule, CONTROL, (entry_point,), priority, (CLAIMS,))


def _shares(config: Config, domain: str, entry_point: str) -> Router:
    """All names one label below the share domain: the relay alone knows which of them exist."""
    rule = rf"HostRegexp(`^[a-z0-9-]+\.{re.escape(domain)}$`)"
    # Answers of the relay itself say more than an error page of ours could; while it is away,
    # `control` says so in its place.
    guard = (_VIEWERS,) if guards(config) else ()
    middlewares = (CLAIMS, *guard, _WHOLE.name, _PATIENCE.name)
    return Router(SHARES, rule, SHARES, (entry_point,), _SHARES, middlewares)


def _router(config: Config, name: str, entry_point: str) -> Router:
    where = address(config, name)
    # A public app too: it may know its visitors, and must not see our cookies.
    guard = (_guard(name),) if guards(config) else ()
    return Router(
        name=_app(name),
        rule=_rule(where),
        service=_app(name),
        entry_points=(entry_point,),
        # A path inside another app's path is its own app.
        priority=_APP + len(where.path),
        middlewares=(CLAIMS, *guard, _WHOLE.name, _errors(name)),
    )


def _signing(config: Config, name: str, entry_point: str) -> Iterator[Router]:
    """What Gradio's clients call to sign in and out, which must work before one is known.

    A public app may have a form of its own; who has signed in with us signs out with us there.
    """
    if members_only(config, name):
        yield _verb(config, name, entry_point, "login", "Method(`POST`)")
        yield _verb(config, name, entry_point, "logout", "Method(`GET`)")
        return
    ours = re.escape(cookies.name(cookies.SESSION, secure=secure(config)))
    known = f"HeaderRegexp(`Cookie`, `(^|;) *{ours}=`)"
    yield _verb(config, name, entry_point, "logout", f"Method(`GET`) && {known}")


def _verb(config: Config, name: str, entry_point: str, verb: str, asked: str) -> Router:
    where = address(config, name)
    path = "" if where.path == "/" else where.path
    return Router(
        name=f"{verb}-{name}",
        rule=f"{_app_host(where)} && {asked} && Path(`{path}/{verb}`)",
        service=CONTROL,
        entry_points=(entry_point,),
        priority=_LOGIN,
        middlewares=(CLAIMS,),
    )


def _asks(config: Config, name: str, address: str) -> ForwardAuth:
    believing = bool(trusted(config))
    answered = (*ANSWER_HEADERS, WHERE_HEADER) if believing else ANSWER_HEADERS
    return ForwardAuth(name, address, ASKED_HEADERS, answered, believing)


def _app_host(where: Address) -> str:
    return _host(where.host) if where.host else f"HostRegexp(`{LOOPBACK_NAMES}`)"


def _rule(where: Address) -> str:
    host = _app_host(where)
    if where.path == "/":
        return host
    return f"{host} && (Path(`{where.path}`) || PathPrefix(`{where.path}/`))"


def _host(name: str) -> str:
    if name.startswith("*."):
        below = re.escape(name.removeprefix("*."))
        return f"HostRegexp(`^[a-z0-9-]+\\.{below}$`)"
    return f"Host(`{name}`)"


def _service(config: Config, name: str, instances: tuple[InstanceStatus, ...]) -> Service:
    replicated = config.apps[name].replicas > 1
    return Service(
        name=_app(name),
        servers=tuple(instance.address for instance in instances),
        sticky=Cookie(f"appliance_{name}", address(config, name).path, config.https)
        if replicated
        else None,
    )


def _app(name: str) -> str:
    return f"app-{name}"


def _guard(name: str) -> str:
    return f"identity-{name}"


def _errors(name: str) -> str:
    return f"errors-{name}"
