"""What ForwardAuth has to know of each app, made once for each configuration."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.auth.forward.pages import Pages, Raw
from appliance.auth.forward.policy import Rule, rule
from appliance.auth.forward.traefik import SHARES_PATH, guard_path
from appliance.config.access import access, guards, rate_limit
from appliance.config.addresses import address, origin_of, overview, secure, trusted
from appliance.config.rates import RateLimit
from appliance.config.schema import Config
from appliance.config.sharing import Sharing


@dataclass(frozen=True, slots=True)
class Guard:
    """One app, or all links to shares."""

    name: str
    """Audience of the assertions."""
    rule: Rule
    prefix: str
    """Path of the app, empty at the root of a host."""
    origin: str
    """`https://hello.example.org`; empty: the host the visitor asked for."""
    sign_in: str
    """Origin of the sign-in pages if that is another one; empty: they are on the same host."""
    secure: bool
    """Whether cookies are for HTTPS alone."""
    friends: frozenset[bytes]
    """Other origins whose pages may act for their visitor here."""
    trusted: tuple[str, ...]
    """Networks of proxies in front; a visitor's address is the last that is none of theirs."""
    forbidden: Raw
    """The page for somebody who may not see the app."""
    limited: Raw
    """The page for somebody who calls too often."""
    rate_limit: RateLimit
    framed: Raw
    """The page for a frame whose visitor has to sign in: the sign-in page shows itself in none."""


Guards = Mapping[str, Guard]
"""By the path of ForwardAuth's address."""


def compiled(config: Config, pages: Pages) -> Guards:
    """One for each app; none while nobody can sign in."""
    if not guards(config):
        return {}
    apps = {guard_path(name): _guard(config, name, pages) for name in config.apps}
    if config.share is None:
        return apps
    return {**apps, SHARES_PATH: _shares(config, config.share, pages)}


def _guard(config: Config, name: str, pages: Pages) -> Guard:
    place = address(config, name)
    here = origin_of(place.root) if place.root else ""
    elsewhere = here != overview(config) and config.public
    embedded_by = config.apps[name].embed.origins
    return Guard(
        name=name,
        rule=rule(access(config, name)),
        prefix="" if place.path == "/" else place.path,
        origin=here,
        sign_in=overview(config) if elsewhere else "",
        secure=secure(config),
        friends=frozenset(site.encode() for site in embedded_by),
        trusted=trusted(config),
        forbidden=pages.forbidden(_home(config), embedded_by),
        limited=pages.limited(),
        rate_limit=rate_limit(config, name),
        framed=pages.framed(name, place.path, embedded_by),
    )


def _shares(config: Config, share: Sharing, pages: Pages) -> Guard:
    return Guard(
        # No name of an app: what is shared gets no assertion that an app would believe.
        name="/shares",
        rule=rule(share.who_can_view),
        prefix="",
        origin="",
        sign_in=overview(config),
        secure=secure(config),
        friends=frozenset(),
        trusted=trusted(config),
        forbidden=pages.forbidden(_home(config), ()),
        limited=pages.limited(),
        # The relay counts what goes to each share.
        rate_limit=RateLimit(),
        framed=pages.framed("", "/", ()),
    )


def _home(config: Config) -> str:
    return overview(config) + "/" if config.public else "/"
