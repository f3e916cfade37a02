"""Where to go after signing in: only ever to a place of this appliance."""

import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import urlsplit

from appliance.config.addresses import address, origin_of, overview, scheme, share_domain
from appliance.config.schema import Config

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST = 4000
"""Characters of a URL that is remembered while somebody signs in."""


def local_path(text: str | None, otherwise: str = "/") -> str:
    """A path with its query on the host it came from; anything else becomes `otherwise`."""
    return text if text is not None and _is_path(text) else otherwise


@dataclass(frozen=True, slots=True)
class Destination:
    """A place of this appliance."""

    origin: str
    """`https://hello.example.org`"""
    host: str
    """As in a session: small letters, no port."""
    path: str
    """With the query."""

    @property
    def url(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Origins:
    """Origins of this appliance."""

    exact: frozenset[str] = frozenset()
    below: tuple[str, str] | None = None
    """What stands before and after one label: `https://`, `.share.example.org`."""

    def __contains__(self, origin: object) -> bool:
        if origin in self.exact:
            return True
        if self.below is None or not isinstance(origin, str):
            return False
        before, after = self.below
        label = origin.removeprefix(before).removesuffix(after)
        return origin == before + label + after and _LABEL.fullmatch(label) is not None


def origins(config: Config) -> Origins:
    """Where somebody may be sent after signing in, beside the host he did it on."""
    roots = (address(config, name).root for name in config.apps)
    exact = frozenset((overview(config), *(origin_of(root) for root in roots if root)))
    domain = share_domain(config)
    return Origins(exact, (f"{scheme(config)}://", _below(config, domain)) if domain else None)


def _below(config: Config, domain: str) -> str:
    """The domain with the port that its URLs have."""
    port = urlsplit(overview(config)).port
    return f".{domain}:{port}" if port else f".{domain}"


def destination(url: str, origins: Container[str]) -> Destination | None:
    """The place a URL means, None unless its origin is one of ours."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    origin = f"{parts.scheme}://{parts.netloc}"
    path = url[len(origin) :] or "/"
    if origin not in origins or not host or not _is_path(path):
        return None
    return Destination(origin, host, path)


def _is_path(text: str) -> bool:
    r"""Browsers take `//host`, `/\host` and control characters between for another host."""
    return (
        text.startswith("/")
        and not text.startswith("//")
        and len(text) <= LONGEST
        and text.isascii()
        and text.isprintable()
        and "\\" not in text
        and " " not in text
    )
