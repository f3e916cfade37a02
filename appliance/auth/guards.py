"""What ForwardAuth has to know of each app, made once for each configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.auth.policy import Rule, rule
from appliance.auth.returning import Origins
from appliance.auth.traefik import SHARES_PATH, guard_path
from appliance.config.access import access, guards, rate_limit
from appliance.config.addresses import address, overview, scheme, share_domain, trusted
from appliance.config.rates import RateLimit
from appliance.config.schema import Config, Sharing
from appliance.web.answers import Answer

Raw = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body, ready to be sent."""

SIGN_IN, HAND_OVER = "/-/sign-in", "/-/hand-over"
LINK = "/-/link"
"""Followed by the secret of a one-time link."""
_LOOKS_AGAIN = 5
"""Seconds after which a frame sees whether its visitor has signed in meanwhile."""


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


def compiled(config: Config) -> Guards:
    """One for each app; none while nobody can sign in."""
    if not guards(config):
        return {}
    apps = {guard_path(name): _guard(config, name) for name in config.apps}
    return {**apps, SHARES_PATH: _shares(config, config.share)} if config.share else apps


def origins(config: Config) -> Origins:
    """Where somebody may be sent after signing in, beside the host he did it on."""
    roots = (address(config, name).root for name in config.apps)
    exact = frozenset((overview(config), *(_origin(root) for root in roots if root)))
    domain = share_domain(config)
    return Origins(exact, (f"{scheme(config)}://", _below(config, domain)) if domain else None)


def secure(config: Config) -> bool:
    """Whether visitors come over HTTPS."""
    return overview(config).startswith("https://")


def _guard(config: Config, name: str) -> Guard:
    place = address(config, name)
    origin = _origin(place.root) if place.root else ""
    elsewhere = origin != overview(config) and config.public
    return Guard(
        name=name,
        rule=rule(access(config, name)),
        prefix="" if place.path == "/" else place.path,
        origin=origin,
        sign_in=overview(config) if elsewhere else "",
        secure=secure(config),
        friends=frozenset(o.encode() for o in config.apps[name].embed.origins),
        trusted=trusted(config),
        forbidden=_forbidden(config, config.apps[name].embed.origins),
        limited=_LIMITED,
        rate_limit=rate_limit(config, name),
        framed=_framed(name, address(config, name).path, config.apps[name].embed.origins),
    )


def _shares(config: Config, share: Sharing) -> Guard:
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
        forbidden=_forbidden(config, ()),
        limited=_LIMITED,
        # The relay counts what goes to each share.
        rate_limit=RateLimit(),
        framed=_framed("", "/", ()),
    )


def _below(config: Config, domain: str) -> str:
    """The domain with the port that its URLs have."""
    port = urlsplit(overview(config)).port
    return f".{domain}:{port}" if port else f".{domain}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _forbidden(config: Config, origins: tuple[str, ...]) -> Raw:
    answer = Answer(
        "message.html",
        {
            "code": 403,
            "title": "Not for you",
            "text": "You are signed in, but this app is for other people. Ask whoever runs this "
            "appliance, or sign in as somebody else.",
            "home": overview(config) + "/" if config.public else "/",
        },
        program={},
        status=403,
        embedded_by=origins,
    )
    return _raw(answer)


def _framed(name: str, path: str, origins: tuple[str, ...]) -> Raw:
    values = {"app": name, "path": path.rstrip("/") + "/", "again": _LOOKS_AGAIN}
    return _raw(
        Answer(
            "embedding/framed.html",
            values,
            program={},
            status=401,
            scripted=True,
            embedded_by=origins,
        )
    )


def _raw(answer: Answer) -> Raw:
    page = answer.for_browsers()
    return page.status_code, page.raw_headers, bytes(page.body)


_LIMITED = _raw(
    Answer(
        "message.html",
        {
            "code": 429,
            "title": "Too many calls",
            "text": "This app takes only so many calls in a while from one place. Wait a moment, "
            "go back and try again.",
            "home": "",
        },
        program={},
        status=429,
    )
)
