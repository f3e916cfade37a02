"""What a request shows of who it comes from: a session's cookie or a token."""

import re
from dataclasses import dataclass
from functools import lru_cache

from appliance.auth import cookies
from appliance.auth.guards import Guard
from appliance.auth.people import People, Person
from appliance.auth.sessions import Sessions
from appliance.auth.tokens import PREFIX, Token, Tokens
from appliance.auth.uses import use
from appliance.web.visitor import visitor_address

_OURS = f"bearer {PREFIX}".encode()
_SAVED = b"bearer hf_"
"""Gradio's clients send the token saved on the visitor's machine to any app."""


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
    fetch_dest: bytes
    fetch_mode: bytes
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
        return self.authorization[:16].lower().startswith((_OURS, _SAVED))


@dataclass(frozen=True, slots=True)
class Proof:
    """Who it is, or why what was shown is not good enough."""

    person: Person | None = None
    refused: str = ""
    """`token`: one was shown that is not good, or not good for this."""
    token: str = ""
    """Which token showed it; empty: none did."""


_NOBODY, _BAD_TOKEN = Proof(), Proof(refused="token")


class Proofs:
    """Looks at requests; asks no database."""

    def __init__(self, people: People, sessions: Sessions, tokens: Tokens) -> None:
        self._people = people
        self._sessions = sessions
        self._tokens = tokens

    def proof(self, request: Asked, guard: Guard) -> Proof:
        """A token counts before a cookie: whoever sends one has chosen it."""
        shown = _token(request.authorization) or _token(request.hub_authorization)
        if shown is not None:
            return self._by_token(self._tokens.find(shown), request, guard)
        secret = cookies.value(request.cookie, cookies.SESSION, secure=guard.secure)
        if secret is None or _foreign(request, guard):
            return _NOBODY
        session = self._sessions.find(secret, bare(request.host))
        if session is None:
            return _NOBODY
        if session.token is not None:
            return self._by_token(self._tokens.by_id(session.token), request, guard)
        person = self._people.by_id(session.person)
        return Proof(person) if person and not person.disabled else _NOBODY

    def _by_token(self, token: Token | None, request: Asked, guard: Guard) -> Proof:
        if token is None or not _good_for(token, request, guard):
            return _BAD_TOKEN
        person = self._people.by_id(token.person)
        return _BAD_TOKEN if person is None or person.disabled else Proof(person, token=token.id)


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
        fetch_dest=get(b"sec-fetch-dest", b""),
        fetch_mode=get(b"sec-fetch-mode", b""),
        is_preflight=method == b"OPTIONS"
        and b"origin" in found
        and b"access-control-request-method" in found,
    )


@lru_cache(maxsize=1024)
def bare(host: str) -> str:
    """A Host header in small letters, without port and final dot."""
    return re.sub(r":\d*$", "", host.strip().lower()).rstrip(".")


def _address(told: str, trusted: tuple[str, ...]) -> str:
    return visitor_address(told, trusted) if trusted else told.rsplit(",", 1)[-1].strip()


def _token(header: bytes) -> str | None:
    if not header[:16].lower().startswith(_OURS):
        return None
    return header[7:].strip().decode("latin-1")


def _good_for(token: Token, request: Asked, guard: Guard) -> bool:
    caveats = token.caveats
    if caveats.apps and guard.name not in caveats.apps:
        return False
    if caveats.networks and not caveats.allow_address(request.address):
        return False
    return not caveats.uses or use(request.uri, guard.prefix) in caveats.uses


def _foreign(request: Asked, guard: Guard) -> bool:
    """Whether a page of another origin makes the request: it must not act for its visitor.

    Other apps of the domain are such pages, and browsers send them the cookies of this one.
    """
    origin = request.origin
    if not origin:
        return False
    same = origin.partition(b"://")[2].lower() == request.host.lower().encode("latin-1")
    return not same and origin not in guard.friends
