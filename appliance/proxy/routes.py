"""What visitors may reach: configuration and the app host's status in, a route model out."""

import re

from appliance.apps.model import AppStatus, HostStatus, InstanceState, InstanceStatus
from appliance.certs.names import names
from appliance.config.addresses import Address, address
from appliance.config.schema import Config, Hsts
from appliance.proxy.model import (
    Cookie,
    ErrorPages,
    RequestHeaders,
    RouteModel,
    Router,
    Service,
    ToHttps,
)

LOCAL, HTTP, HTTPS = "local", "http", "https"
"""Entry points. Apps have routes on exactly one of them, see `entry_point`."""
CONTROL = "control"
ACME_PREFIX = "/.well-known/acme-challenge/"
"""Where a certificate authority looks, by plain HTTP on port 80."""
OWN_PREFIX = "/-/"
"""Pages and static files of `control`, on every host; no app can have this path."""
LOOPBACK_NAMES = r"^(localhost|127\.0\.0\.1|\[?::1\]?|([a-z0-9-]+\.)+localhost)$"
"""Other names that resolve to loopback are a web site's attempt to reach into this machine."""

_STRANGERS_CLAIMS = (
    "Forwarded",
    "Remote-Email",
    "Remote-Groups",
    "Remote-Name",
    "Remote-User",
    "X-Appliance-Identity",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Prefix",
    "X-Forwarded-User",
    "X-Gradio-Server",
    "X-Original-Url",
    "X-Remote-User",
    "X-Rewrite-Url",
)
"""Request headers that name a user or a proxy. X-Forwarded-For, -Host, -Proto and X-Real-Ip are
replaced by Traefik itself."""

_CLAIMS = "visitor-claims"
_TO_HTTPS = "to-https"
_CATCH_ALL, _REDIRECT, _APP, _OWN = 1, 100, 1_000, 10_000


def routes(config: Config, host_status: HostStatus, control_url: str) -> RouteModel:
    """Every live app goes to its instances; all else goes to the pages of `control`.

    `control_url` is `http://host:port` as Traefik reaches it. An app that has no instance to serve
    it gets no route of its own: the catch-all leads to `control`, which knows why.
    """
    entry = entry_point(config)
    statuses = {status.name: status for status in host_status.apps}
    live = [
        (name, serving(statuses[name]))
        for name in sorted(config.apps)
        if name in statuses and serving(statuses[name])
    ]
    return RouteModel(
        routers=(
            _pages("pages", "PathPrefix(`/`)", entry, _CATCH_ALL),
            _pages("pages-own", f"PathPrefix(`{OWN_PREFIX}`)", entry, _OWN),
            *(_router(name, address(config, name), entry) for name, _ in live),
            *(_plain(config) if entry == HTTPS else ()),
        ),
        services=(
            Service(CONTROL, (control_url,)),
            *(_service(config, name, instances) for name, instances in live),
        ),
        middlewares=(
            _headers(config),
            *((ToHttps(_TO_HTTPS, config.ports.https),) if entry == HTTPS else ()),
            *(ErrorPages(_errors(name), f"/-/error/{{status}}?app={name}") for name, _ in live),
        ),
    )


def entry_point(config: Config) -> str:
    """The only one by which visitors reach apps: with TLS there is no plain way to them."""
    if not config.public:
        return LOCAL
    return HTTP if config.tls_mode == "off" else HTTPS


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


def _plain(config: Config) -> tuple[Router, ...]:
    """Plain HTTP where there is TLS: our own names lead there, others nowhere."""
    rule = " || ".join(_host(name) for name in names(config))
    return (
        _pages("plain-acme", f"PathPrefix(`{ACME_PREFIX}`)", HTTP, _OWN),
        Router("plain-to-https", rule, CONTROL, (HTTP,), _REDIRECT, (_TO_HTTPS,)),
    )


def _headers(config: Config) -> RequestHeaders:
    claims = tuple((name, "") for name in _STRANGERS_CLAIMS)
    hsts = config.tls.hsts if config.https else None
    answers = (
        *((("X-Content-Type-Options", "nosniff"),) if config.public else ()),
        *((("Strict-Transport-Security", _hsts(hsts)),) if hsts is not None else ()),
    )
    return RequestHeaders(_CLAIMS, claims, answers)


def _hsts(hsts: Hsts) -> str:
    parts = [f"max-age={int(hsts.max_age.total_seconds())}"]
    parts += ["includeSubDomains"] if hsts.subdomains else []
    parts += ["preload"] if hsts.preload else []
    return "; ".join(parts)


def _pages(name: str, rule: str, entry_point: str, priority: int) -> Router:
    return Router(name, rule, CONTROL, (entry_point,), priority, (_CLAIMS,))


def _router(name: str, where: Address, entry_point: str) -> Router:
    return Router(
        name=_app(name),
        rule=_rule(where),
        service=_app(name),
        entry_points=(entry_point,),
        # A path inside another app's path is its own app.
        priority=_APP + len(where.path),
        middlewares=(_CLAIMS, _errors(name)),
    )


def _rule(where: Address) -> str:
    host = _host(where.host) if where.host else f"HostRegexp(`{LOOPBACK_NAMES}`)"
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


def _errors(name: str) -> str:
    return f"errors-{name}"
