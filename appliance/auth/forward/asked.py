"""One request to an app, as Traefik tells it."""

import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from appliance.auth.tokens.token import PREFIX
from appliance.auth.whereabouts import visitor_address

OURS = f"bearer {PREFIX}".encode()
_TOKEN = PREFIX.encode()
"""Also where it opens nothing because it is shown in another way: an app must not learn it."""
_SAVED = b"bearer hf_"
"""Gradio's clients send the token saved on the visitor's machine to any app."""
_LONGEST_HOST = 300
FRAMES = frozenset({b"iframe", b"frame", b"embed", b"object"})


@dataclass(slots=True)
class Asked:
    """One request as Traefik tells it."""

    method: bytes
    host: str
    """With its port."""
    uri: str
    """Path and query as they were sent; for going back to it, and to narrow a token's use."""
    address: str
    accept: bytes
    cookie: bytes
    authorization: bytes
    hub_authorization: bytes
    origin: bytes
    referer: bytes
    fetch_dest: bytes
    fetch_mode: bytes
    fetch_site: bytes
    is_preflight: bool

    @property
    def is_navigation(self) -> bool:
        """Whether a person would see a page that is answered."""
        if self.method not in (b"GET", b"HEAD") or b"text/html" not in self.accept:
            return False
        return self.fetch_mode in (b"", b"navigate") and self.fetch_dest != b"empty"

    @property
    def authorization_is_ours(self) -> bool:
        """Ours, or saved for somebody else and sent by accident: not for the app."""
        shown = self.authorization
        if not shown:
            return False
        return _TOKEN in shown or shown[:16].lower().startswith(_SAVED) or _TOKEN in _basic(shown)


def _basic(authorization: bytes) -> bytes:
    """The name and password of HTTP Basic; empty if it is something else."""
    scheme, _, told = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return b""
    try:
        return binascii.a2b_base64(told)
    except binascii.Error:
        return b""


def asked(headers: list[tuple[bytes, bytes]], trusted: tuple[str, ...] = ()) -> Asked:
    """From the raw headers. A credential that comes twice is none.

    `trusted`: networks of proxies in front, which are not where somebody asks from.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in found:
            found[name] = value
        elif name == b"cookie":
            found[name] += b"; " + value
        else:
            found[name] = b""
    get = found.get
    method = get(b"x-forwarded-method", b"")
    return Asked(
        method=method,
        host=get(b"x-forwarded-host", b"").decode("latin-1"),
        uri=get(b"x-forwarded-uri", b"").decode("latin-1"),
        address=_address(get(b"x-forwarded-for", b"").decode("latin-1"), trusted),
        accept=get(b"accept", b""),
        cookie=get(b"cookie", b""),
        authorization=get(b"authorization", b""),
        hub_authorization=get(b"x-hf-authorization", b""),
        origin=get(b"origin", b""),
        referer=get(b"referer", b""),
        fetch_dest=get(b"sec-fetch-dest", b""),
        fetch_mode=get(b"sec-fetch-mode", b""),
        fetch_site=get(b"sec-fetch-site", b""),
        is_preflight=method == b"OPTIONS"
        and b"origin" in found
        and b"access-control-request-method" in found,
    )


def bare(host: str) -> str:
    """A Host header in small letters, without port and final dot."""
    # Strangers make up hosts as long as a head may be; no name has more than 253 letters.
    return _bare(host[:_LONGEST_HOST])


@lru_cache(maxsize=1024)
def _bare(host: str) -> str:
    return re.sub(r":\d*$", "", host.strip().lower()).rstrip(".")


def _address(told: str, trusted: tuple[str, ...]) -> str:
    return visitor_address(told, trusted) if trusted else told.rsplit(",", 1)[-1].strip()
