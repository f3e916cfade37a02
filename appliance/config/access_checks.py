"""Contradictions about people: who can sign in, who may see what, and how often."""

from collections.abc import Iterator

from appliance.config.access import guards
from appliance.config.addresses import is_ip
from appliance.config.auth import Access, Members
from appliance.config.findings import Finding, KeyPath, Reporter
from appliance.config.rates import RateLimit
from appliance.config.schema import Config

_AUTH = "`auth: {}` at the top of the file"


def access_contradictions(config: Config, report: Reporter) -> Iterator[Finding]:
    """All of them, errors and warnings."""
    yield from _people(config, report)
    yield from _rates(config, report)
    for name in config.apps:
        yield from _app(config, name, report)
    if config.share is not None:
        at = ("share", "who_can_view")
        yield from _access(config, config.share.who_can_view, at, "open a link", report)


def _people(config: Config, report: Reporter) -> Iterator[Finding]:
    if config.auth is None:
        return
    yield from _access(config, config.auth.default, ("auth", "default"), "see an app", report)
    seen: dict[str, str] = {}
    for name, user in config.auth.users.items():
        first = seen.setdefault(user.email.lower(), name) if user.email else name
        if first != name:
            problem = f"the same address as `{first}`; a provider could not tell them apart"
            yield report.at(("auth", "users", name, "email"), "same-email", problem)


def _rates(config: Config, report: Reporter) -> Iterator[Finding]:
    """Without the front door nobody counts."""
    if guards(config):
        return
    said: list[tuple[KeyPath, RateLimit | None]] = [(("rate_limit",), config.rate_limit)]
    said += [(("apps", name, "rate_limit"), app.rate_limit) for name, app in config.apps.items()]
    for at, limit in said:
        if limit not in (None, RateLimit()):
            problem = "nothing is counted where nobody can sign in"
            yield report.at(at, "no-sign-in", problem, on="key", expected=_AUTH)


def _app(config: Config, name: str, report: Reporter) -> Iterator[Finding]:
    app, at = config.apps[name], ("apps", name, "access")
    yield from _access(config, app.access, at, "see the app", report)
    if config.public and app.path is not None and guards(config):
        problem = (
            f"shares the host {config.domain} with the sign-in pages, so its code can act for "
            "whoever visits it"
        )
        yield report.at(
            ("apps", name, "path"),
            "shared-host",
            problem,
            on="key",
            expected="a name as `domain`, below which apps have hosts of their own"
            if is_ip(config.domain or "")
            else f"no `path`: the app is then at {name}.{config.domain}",
            severity="warning",
        )


def _access(
    config: Config, access: Access | None, at: KeyPath, do: str, report: Reporter
) -> Iterator[Finding]:
    """`do`: what needs it."""
    if isinstance(access, Members) and not (access.users or access.groups):
        somebody = "names under `users` or `groups`, or `signed-in`"
        yield report.at(at, "nobody", "names nobody", expected=somebody)
    elif access not in (None, "public") and not guards(config):
        problem = f"nobody can sign in, so nobody could {do}"
        yield report.at(at, "no-sign-in", problem, expected=_AUTH)
