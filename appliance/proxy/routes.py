"""What visitors may reach: configuration and the app host's status in, a route model out."""

from appliance.apps.model import AppStatus, HostStatus, InstanceState, InstanceStatus
from appliance.auth.traefik import ANSWER_HEADERS, ASKED_HEADERS, guard_path
from appliance.config.access import guards, members_only
from appliance.config.addresses import Address, address
from appliance.config.schema import Config
from appliance.proxy.model import (
    Cookie,
    ErrorPages,
    ForwardAuth,
    RequestHeaders,
    RouteModel,
    Router,
    Service,
)

LOCAL, HTTP = "local", "http"
"""Entry points; both are always in Traefik's static file, one of them has routes."""
CONTROL = "control"
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

_CLAIMS = RequestHeaders("visitor-claims", tuple((name, "") for name in _STRANGERS_CLAIMS))
_CATCH_ALL, _APP, _LOGIN, _OWN = 1, 1_000, 5_000, 10_000


def routes(
    config: Config, host_status: HostStatus, control_url: str, forward_url: str = ""
) -> RouteModel:
    """Every live app goes to its instances; all else goes to the pages of `control`.

    `control_url` and `forward_url` (ForwardAuth; needed where people can sign in) are
    `http://host:port` as Traefik reaches them. An app that has no instance to serve it gets no
    route of its own: the catch-all leads to `control`, which knows why.
    """
    entry_point = HTTP if config.public else LOCAL
    statuses = {status.name: status for status in host_status.apps}
    live = [
        (name, serving(statuses[name]))
        for name in sorted(config.apps)
        if name in statuses and serving(statuses[name])
    ]
    return RouteModel(
        routers=(
            _pages("pages", "PathPrefix(`/`)", entry_point, _CATCH_ALL),
            _pages("pages-own", f"PathPrefix(`{OWN_PREFIX}`)", entry_point, _OWN),
            *(_router(config, name, entry_point) for name, _ in live),
            *(
                router
                for name, _ in live
                if members_only(config, name) and config.apps[name].login == "appliance"
                for router in _login(name, address(config, name), entry_point)
            ),
        ),
        services=(
            Service(CONTROL, (control_url,)),
            *(_service(config, name, instances) for name, instances in live),
        ),
        middlewares=(
            _CLAIMS,
            *(ErrorPages(_errors(name), f"/-/error/{{status}}?app={name}") for name, _ in live),
            *(_identity(name, forward_url) for name, _ in live if guards(config)),
        ),
    )


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


def _pages(name: str, rule: str, entry_point: str, priority: int) -> Router:
    return Router(name, rule, CONTROL, (entry_point,), priority, (_CLAIMS.name,))


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
        middlewares=(_CLAIMS.name, *guard, _errors(name)),
    )


def _login(name: str, where: Address, entry_point: str) -> tuple[Router, ...]:
    """What Gradio's clients call to sign in and out, which must work before one is known."""
    path = "" if where.path == "/" else where.path
    host = _host(where)
    return tuple(
        Router(
            name=f"{verb}-{name}",
            rule=f"{host} && Method(`{method}`) && Path(`{path}/{verb}`)",
            service=CONTROL,
            entry_points=(entry_point,),
            priority=_LOGIN,
            middlewares=(_CLAIMS.name,),
        )
        for verb, method in (("login", "POST"), ("logout", "GET"))
    )


def _identity(name: str, forward_url: str) -> ForwardAuth:
    return ForwardAuth(_guard(name), forward_url + guard_path(name), ASKED_HEADERS, ANSWER_HEADERS)


def _host(where: Address) -> str:
    return f"Host(`{where.host}`)" if where.host else f"HostRegexp(`{LOOPBACK_NAMES}`)"


def _rule(where: Address) -> str:
    host = _host(where)
    if where.path == "/":
        return host
    return f"{host} && (Path(`{where.path}`) || PathPrefix(`{where.path}/`))"


def _service(config: Config, name: str, instances: tuple[InstanceStatus, ...]) -> Service:
    replicated = config.apps[name].replicas > 1
    return Service(
        name=_app(name),
        servers=tuple(instance.address for instance in instances),
        sticky=Cookie(f"appliance_{name}", address(config, name).path) if replicated else None,
    )


def _app(name: str) -> str:
    return f"app-{name}"


def _guard(name: str) -> str:
    return f"identity-{name}"


def _errors(name: str) -> str:
    return f"errors-{name}"
