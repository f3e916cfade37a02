"""Who may see what and how people sign in: what a new configuration changes. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.config.access import access, guards
from appliance.config.auth import Access, Auth, Members
from appliance.config.planning import differences
from appliance.config.schema import App, Config

_OF_APPS = ("login", "embed")
"""Of an app, what decides beside `access` who gets to it."""
_OF_SHARES = ("who_can_share", "plain", "tokens")
_NOT_RULES = ("users", "default")
"""Of `auth`, what is told by person and by app."""


@dataclass(frozen=True)
class Changed:
    """One rule, or one person of the YAML. Of a password's hash only that it is another one."""

    kind: str
    """`access.changed`, `policy.changed`, `person.declared`, `person.changed`, `person.withdrawn`:
    as the audit calls it."""
    app: str = ""
    person: str = ""
    detail: str = ""


def policies(before: Config, after: Config) -> Iterator[Changed]:
    """Whoever has the file changes these, by saving it. Where nobody signs in there are none."""
    if not guards(before) and not guards(after):
        return
    if guards(before) != guards(after):
        words = "people sign in" if guards(after) else "nobody signs in: all apps are open"
        yield Changed("policy.changed", detail=words)
    for name, app in after.apps.items():
        yield from _of_app(before, after, name, app)
    yield from _of_shares(before, after)
    old, new = before.auth or Auth(), after.auth or Auth()
    rules = [key for key in differences(old, new) if key.partition(".")[0] not in _NOT_RULES]
    if rules:
        yield Changed("policy.changed", detail=_listed(f"auth.{key}" for key in rules))
    yield from _people(old, new)


def _of_app(before: Config, after: Config, name: str, app: App) -> Iterator[Changed]:
    now, former = _words(access(after, name)), before.apps.get(name)
    if former is None:
        yield Changed("access.changed", name, detail=f"new: {now}")
        return
    was = _words(access(before, name))
    if was != now:
        yield Changed("access.changed", name, detail=f"{was} -> {now}")
    if keys := differences(former, app, only=_OF_APPS):
        yield Changed("policy.changed", name, detail=_listed(keys))


def _of_shares(before: Config, after: Config) -> Iterator[Changed]:
    if before.share is None or after.share is None:
        return
    was, now = _words(before.share.who_can_view), _words(after.share.who_can_view)
    if was != now:
        yield Changed("access.changed", detail=f"links: {was} -> {now}")
    if keys := differences(before.share, after.share, only=_OF_SHARES):
        yield Changed("policy.changed", detail=_listed(f"share.{key}" for key in keys))


def _people(before: Auth, after: Auth) -> Iterator[Changed]:
    for name, user in after.users.items():
        former = before.users.get(name)
        if former is None:
            yield Changed("person.declared", person=name, detail="admin" if user.admin else "")
        elif keys := differences(former, user):
            yield Changed("person.changed", person=name, detail=_listed(keys))
    for name in before.users:
        if name not in after.users:
            yield Changed("person.withdrawn", person=name)


def _words(rule: Access) -> str:
    if not isinstance(rule, Members):
        return rule
    parts = [f"{what} {', '.join(names)}" for what, names in _named(rule) if names]
    return " and ".join(parts) or "nobody"


def _named(rule: Members) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("users", rule.users), ("groups", rule.groups)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(keys)
