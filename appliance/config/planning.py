"""What a new configuration changes, app by app. Pure: nothing is read, nothing is done."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from appliance.commands import COMMAND, DOWN, UP
from appliance.config.access import guards, members_only
from appliance.config.addresses import address, link, overview, share_domain
from appliance.config.auth import Auth
from appliance.config.kept import Kept
from appliance.config.schema import Config
from appliance.config.units import format_duration

RELEASE_KEYS = ("source", "file", "python", "gradio")
"""A change makes a new release; every other key of an app needs new instances at most."""
ROUTE_KEYS = ("path", "host")
QUIET_KEYS = ("start_timeout", "drain", "access", "rate_limit")
"""Apply to the next start and stop; nothing has to be replaced for them."""

_WHERE = ("domain", "access", "ports", "tls")
"""What, besides an app itself, decides about its URL."""
_NOT_SETTINGS = (*RELEASE_KEYS, *ROUTE_KEYS, *QUIET_KEYS, "replicas")


class Action(StrEnum):
    """What happens, the largest effect first."""

    RESTART = "restart-appliance"
    ADD = "add-app"
    REMOVE = "remove-app"
    RELEASE = "new-release"
    INSTANCES = "new-instances"
    MOVE = "move-route"
    SHARE = "shares"
    CERTIFICATES = "certificates"
    VISITS = "visits"
    AUDIT = "audit"
    SCALE = "scale"
    NOTE = "note"


@dataclass(frozen=True)
class Step:
    """One thing that will happen, and why."""

    action: Action
    app: str | None
    """None where the whole appliance is meant."""
    keys: tuple[str, ...]
    """Dotted paths of what changed, below the app; never their values."""
    text: str
    """One sentence for people."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps)) or "Nothing changes."

    def as_json(self) -> list[dict[str, Any]]:
        """Plain data, ready for `json.dumps`."""
        return [asdict(step) for step in self.steps]


def plan(old: Config | None, new: Config) -> Plan:
    """The steps from one configuration to another; `None`: nothing runs yet."""
    before = old or Config()
    return Plan(
        (
            *(() if old is None else _appliance(old, new)),
            *(_removed(name) for name in before.apps if name not in new.apps),
            *(_added(new, name) for name in new.apps if name not in before.apps),
            *(
                step
                for name in new.apps
                if name in before.apps
                for step in _changed(name, before, new)
            ),
        )
    )


def _appliance(old: Config, new: Config) -> Iterator[Step]:
    keys = differences(old, new, only=("ports", "runtime"))
    keys += differences(old.tls, new.tls, only=("http3", "trusted_proxies"), below="tls")
    if (old.tls_mode == "off") != (new.tls_mode == "off") and old.public == new.public:
        keys = (*keys, "tls.mode")
    if old.public != new.public:
        keys = (*keys, "access" if old.domain == new.domain else "domain")
    if _share_port(old) != _share_port(new):
        keys = (*keys, "share.port" if old.share and new.share else "share")
    if keys:
        yield Step(Action.RESTART, None, keys, f"{_list(keys)} changed: run `{UP}` to apply it")
    if _database(old) != _database(new):
        text = (
            "auth.database changed: stop the appliance, bring people along with "
            f"`{COMMAND} database copy`, and start it again"
        )
        yield Step(Action.RESTART, None, ("auth.database",), text)
    if old.storage != new.storage:
        text = f"storage.data changed: `{DOWN}`, move the folder there, `{UP}` (not with Docker)"
        yield Step(Action.RESTART, None, ("storage.data",), text)
    if overview(old) != overview(new):
        text = f"the overview moves from {overview(old)} to {overview(new)}"
        moved = differences(old, new, only=_WHERE)
        yield Step(Action.MOVE, None, moved, text)
    yield from _shares(old, new)
    if step := _visits(old, new):
        yield step
    if step := _audit(old, new):
        yield step


def _visits(old: Config, new: Config) -> Step | None:
    if old.visits == new.visits:
        return None
    if new.visits == "off":
        text = "visits are not counted any more"
    elif old.visits == "off":
        text = "visits are counted from now on"
    else:
        text = f"days of visits are kept for {format_duration(new.visits.keep)}"
    return Step(Action.VISITS, None, differences(old, new, only=("visits",)), text)


def _audit(old: Config, new: Config) -> Step | None:
    before, after = ((config.auth or Auth()).audit.keep for config in (old, new))
    if before == after:
        return None
    if after == "none":
        text = "the audit is kept for ever"
    else:
        text = f"events of the audit are kept for {format_duration(after)}; older ones go at once"
    return Step(Action.AUDIT, None, ("auth.audit.keep",), text)


def _database(config: Config) -> Kept | None:
    return config.auth.database if config.auth else None


def _share_port(config: Config) -> tuple[int, bool] | None:
    return (config.share.port, config.public) if config.share else None


def _shares(old: Config, new: Config) -> Iterator[Step]:
    before, after = share_domain(old), share_domain(new)
    if before is None and after is not None:
        text = f"links to shares begin, below {after}"
        yield Step(Action.SHARE, None, ("share",), text)
    elif after is None and before is not None:
        text = "links to shares end; names and keys are kept"
        yield Step(Action.SHARE, None, ("share",), text)
    elif before != after:
        text = f"links to shares move from {before} to {after}; people need the new ones"
        keys = differences(old, new, only=("share", "domain", "access"))
        yield Step(Action.SHARE, None, keys, text)
    elif old.share != new.share and old.share and new.share:
        keys = tuple(f"share.{key}" for key in differences(old.share, new.share))
        if "share.workers" in keys:
            text = "share.workers: clients of shares lose their connection once, and come back"
            yield Step(Action.SHARE, None, ("share.workers",), text)
        keys = tuple(key for key in keys if key not in ("share.port", "share.workers"))
        if keys:
            yield Step(Action.SHARE, None, keys, f"{_list(keys)}: applies to shares from now on")


def _added(new: Config, name: str) -> Step:
    return Step(Action.ADD, name, (), f"{name}: added, will be served at {link(new, name)}")


def _removed(name: str) -> Step:
    text = f"{name}: removed, its visitors are let finish; its releases and files stay on disk"
    return Step(Action.REMOVE, name, (), text)


def _changed(name: str, before: Config, after: Config) -> Iterator[Step]:
    """At most one of new release and new instances: a release brings new instances anyway."""
    old, new = before.apps[name], after.apps[name]
    keys = differences(old, new)
    release = _among(keys, RELEASE_KEYS)
    settings = tuple(key for key in keys if _top(key) not in _NOT_SETTINGS)
    if before.analytics != after.analytics:
        settings = (*settings, "analytics.gradio")
    if guards(before) != guards(after):
        settings = (*settings, "auth")
    elif members_only(before, name) != members_only(after, name):
        settings = (*settings, "access" if "access" in map(_top, keys) else "auth.default")
    if release:
        yield _replaced(Action.RELEASE, "new release", name, (*release, *settings))
    elif settings:
        yield _replaced(Action.INSTANCES, "new instances", name, settings)
    if address(before, name) != address(after, name):
        yield _moved(name, before, after, keys)
    if old.replicas != new.replicas:
        text = f"{name}: {old.replicas} -> {new.replicas} instances"
        yield Step(Action.SCALE, name, ("replicas",), text)
    if quiet := _among(keys, QUIET_KEYS):
        yield Step(Action.NOTE, name, quiet, f"{name}: {_list(quiet)} applies from now on")


def _replaced(action: Action, what: str, name: str, keys: tuple[str, ...]) -> Step:
    text = f"{name}: {what}, because {_list(keys)} changed; the old one serves until it is ready"
    return Step(action, name, keys, text)


def _among(keys: tuple[str, ...], tops: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if _top(key) in tops)


def _moved(name: str, before: Config, after: Config, keys: tuple[str, ...]) -> Step:
    own = _among(keys, ROUTE_KEYS)
    outer = differences(before, after, only=_WHERE)
    text = f"{name}: moves from {link(before, name)} to {link(after, name)}, with new instances"
    return Step(Action.MOVE, name, own or outer, text)


def differences(
    old: BaseModel, new: BaseModel, only: tuple[str, ...] | None = None, below: str = ""
) -> tuple[str, ...]:
    """Dotted keys whose values differ, as deep as both sides have sections."""
    return tuple(
        f"{below}.{key}".lstrip(".")
        for name in type(new).model_fields
        if only is None or name in only
        for key in _difference(name, getattr(old, name), getattr(new, name))
    )


def _difference(name: str, old: object, new: object) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield f"{name}.{key}"
    elif isinstance(old, BaseModel) and isinstance(new, BaseModel) and type(old) is type(new):
        for key in differences(old, new):
            yield f"{name}.{key}"
    else:
        yield name


def _top(key: str) -> str:
    return key.split(".", 1)[0]


def _list(keys: tuple[str, ...]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
