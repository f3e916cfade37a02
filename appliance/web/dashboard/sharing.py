"""What the dashboard says of shares, and how to make one. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from appliance.amounts import size, span
from appliance.config.access import needs_key
from appliance.config.addresses import launch_arguments, overview, share_domain, visitors_port
from appliance.config.schema import Config
from appliance.relay.model import ShareStatus
from appliance.relay.wording import owner
from appliance.web.dashboard.wording import lasting


@dataclass(frozen=True)
class ShareRow:
    name: str
    url: str
    owner: str
    state: str
    since: str
    ends: str
    until: float | None
    """Unix time, for the countdown; None: for ever, or over."""
    ending: bool
    steered: bool
    """Whether it can be ended."""
    password: bool
    """Whether visitors need one."""
    protected: bool
    """Whether one was put on it that can be taken back."""
    visitors: int
    """Today's."""
    requests: int
    open: int
    errors: int
    traffic: str


@dataclass(frozen=True)
class Recipe:
    """What to write on a laptop."""

    arguments: str
    """For `launch()`."""
    server: str
    certificate: str
    """URL of the file to trust; empty: there is no TLS to the relay."""
    needs_key: bool
    pages_port: int
    """Where visitors come."""
    only_here: bool
    """Clients are let in from this machine alone."""
    opens_by_https: bool


def share_rows(
    shares: Iterable[ShareStatus], now: float, *, past: bool, query: str = ""
) -> tuple[ShareRow, ...]:
    """The newest first; only those that have the query in their name, their URL or owner."""
    chosen = [one for one in shares if (past or not one.over) and _has(one, query)]
    return tuple(_row(one, now) for one in sorted(chosen, key=lambda one: -one.since))


def recipe(config: Config, *, tls: bool) -> Recipe | None:
    """None where nothing can be shared. `tls`: the relay has a certificate."""
    domain = share_domain(config)
    if config.share is None or domain is None:
        return None
    tls = tls and config.public
    host = domain if config.public else "localhost"
    trust = ', share_server_tls_certificate="share.pem"' if tls else ""
    return Recipe(
        arguments=launch_arguments(config) + trust,
        server=f"{host}:{config.share.port}",
        certificate=f"{overview(config)}/share.pem" if tls else "",
        needs_key=needs_key(config),
        pages_port=visitors_port(config),
        only_here=not config.public,
        opens_by_https=config.https,
    )


def _has(share: ShareStatus, query: str) -> bool:
    told = f"{share.name} {share.url} {share.owner} {share.address}"
    return query.casefold() in told.casefold()


def _row(share: ShareStatus, now: float) -> ShareRow:
    over = share.over
    until = None if over else share.expires
    left = "never" if until is None else f"in {lasting(until - now)}"
    return ShareRow(
        name=share.name,
        url=share.url,
        owner=owner(share),
        state=share.state,
        since=span(timedelta(seconds=now - share.since)),
        ends=share.state if over else left,
        until=until,
        ending=share.ending and not over,
        steered=not over,
        password=share.password and not over,
        protected=share.protected and not over,
        visitors=share.visitors,
        requests=share.requests,
        open=share.open,
        errors=share.errors,
        traffic=size(share.received + share.sent),
    )
