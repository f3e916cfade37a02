"""Where a visitor is: host and path against the addresses in the configuration."""

import re
from dataclasses import dataclass
from enum import StrEnum

from appliance.config.addresses import address, share_domain
from appliance.config.schema import Config
from appliance.proxy.routes import LOOPBACK_NAMES


class Kind(StrEnum):
    OVERVIEW = "overview"
    APP = "app"
    UNKNOWN_PATH = "unknown-path"
    """The host is ours, nothing is served under the path."""
    SHARE = "share"
    """The host of a link, which only leads here while the relay is away."""
    UNKNOWN_HOST = "unknown-host"
    """Someone else's name leads here: say nothing about what is served."""


@dataclass(frozen=True)
class Place:
    kind: Kind
    app: str | None = None
    """Name of the app whose address this is."""


def place(config: Config, host: str, path: str) -> Place:
    """`host` as in the request's Host header, with or without a port."""
    bare = bare_host(host)
    here = [name for name in config.apps if _host_matches(config, address(config, name).host, bare)]
    matching = [name for name in here if _inside(path, address(config, name).path)]
    if _below(share_domain(config), bare):
        return Place(Kind.SHARE)
    if matching:
        return Place(Kind.APP, max(matching, key=lambda name: len(address(config, name).path)))
    if not _host_matches(config, config.domain if config.public else None, bare):
        return Place(Kind.UNKNOWN_PATH if here else Kind.UNKNOWN_HOST)
    return Place(Kind.OVERVIEW if path == "/" else Kind.UNKNOWN_PATH)


def bare_host(host: str) -> str:
    """Lower case, without port and final dot."""
    return re.sub(r":\d*$", "", host.strip().lower()).rstrip(".")


def _host_matches(config: Config, wanted: str | None, host: str) -> bool:
    if wanted is None:
        return not config.public and re.match(LOOPBACK_NAMES, host) is not None
    return host == wanted


def _below(domain: str | None, host: str) -> bool:
    label, _, rest = host.partition(".")
    return bool(label) and rest == domain


def _inside(path: str, prefix: str) -> bool:
    return prefix in ("/", path) or path.startswith(prefix + "/")
