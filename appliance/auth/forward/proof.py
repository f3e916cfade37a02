"""What a request shows of who it comes from: a session's cookie or a token."""

from dataclasses import dataclass

from appliance.auth.browsers import cookies
from appliance.auth.forward.asked import FRAMES, OURS, Asked, bare
from appliance.auth.forward.guards import Guard
from appliance.auth.people.people import People
from appliance.auth.people.person import Person
from appliance.auth.sessions.sessions import Sessions
from appliance.auth.tokens.token import PREFIX, Token
from appliance.auth.tokens.tokens import Tokens
from appliance.auth.tokens.uses import narrowed, use


@dataclass(frozen=True, slots=True)
class Proof:
    """Who it is, or why what was shown is not good enough."""

    person: Person | None = None
    refused: str = ""
    """`token`: one was shown that is not good, or not good for this."""
    token: str = ""
    """Which token showed it; empty: none did."""
    site: str = ""
    """Origin of the site inside whose pages alone it is a proof."""


_ELSEWHERE = frozenset({b"same-site", b"cross-site"})
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
        if not request.cookie or _foreign(request, guard):
            return _NOBODY
        secret = cookies.value(request.cookie, cookies.SESSION, secure=guard.secure)
        session = self._sessions.find(secret, bare(request.host)) if secret else None
        if session is None or _drawn_in(request, guard):
            return self._embedded(request, guard) if guard.friends else _NOBODY
        if session.token is not None:
            return self._by_token(self._tokens.by_id(session.token), request, guard)
        person = self._people.by_id(session.person)
        return Proof(person) if person and not person.disabled else _NOBODY

    def _by_token(self, token: Token | None, request: Asked, guard: Guard) -> Proof:
        # What stands in another site's page for all to read is no credential for programs.
        if token is None or token.caveats.origin or not _good_for(token, request, guard):
            return _BAD_TOKEN
        person = self._people.by_id(token.person)
        return _BAD_TOKEN if person is None or person.disabled else Proof(person, token=token.id)

    def _embedded(self, request: Asked, guard: Guard) -> Proof:
        """Of the app inside another site's pages, as long as the YAML names that site."""
        secret = cookies.value(request.cookie, cookies.EMBEDDED, secure=guard.secure)
        if secret is None:
            return _NOBODY
        owner, site = self._embedded_by(secret, request, guard)
        if not site or site.encode() not in guard.friends or not _inside(request, site.encode()):
            return _NOBODY
        person = self._people.by_id(owner)
        return Proof(person, site=site) if person and not person.disabled else _NOBODY

    def _embedded_by(self, secret: str, request: Asked, guard: Guard) -> tuple[int, str]:
        """Whose it is, and the site that it is for; empty if it is worth nothing."""
        if not secret.startswith(PREFIX):
            session = self._sessions.find_embedded(secret, bare(request.host), guard.name)
            return (session.person, session.site) if session else (0, "")
        token = self._tokens.find(secret)
        if token is None or not token.caveats.origin or not _good_inside(token, request, guard):
            return 0, ""
        return token.person, token.caveats.origin


def _token(header: bytes) -> str | None:
    if not header[:16].lower().startswith(OURS):
        return None
    return header[7:].strip().decode("latin-1")


def _good_for(token: Token, request: Asked, guard: Guard) -> bool:
    caveats = token.caveats
    if caveats.apps and guard.name not in caveats.apps:
        return False
    if caveats.networks and not caveats.allow_address(request.address):
        return False
    return not caveats.uses or use(request.uri, guard.prefix) in caveats.uses


def _good_inside(token: Token, request: Asked, guard: Guard) -> bool:
    caveats = token.caveats
    if guard.name not in caveats.apps:
        return False
    if caveats.networks and not caveats.allow_address(request.address):
        return False
    return narrowed(request.uri, guard.prefix, request.method, caveats.uses)


def _inside(request: Asked, site: bytes) -> bool:
    """Whether the request is made by a page of the site, or by the app in a frame of it.

    Every browser that keeps cookies apart for each site says where a request comes from.
    """
    if request.fetch_dest == b"document" or not request.fetch_site:
        return False
    if request.origin:
        return request.origin == site or _is_own(request.origin, request)
    if request.fetch_site == b"same-origin":
        return True
    told = _page(request)
    if not told:
        # Whoever else shows it in a frame sees nothing: the answer names the site.
        return request.fetch_dest in FRAMES
    return told == site or _is_own(told, request)


def _drawn_in(request: Asked, guard: Guard) -> bool:
    """Whether a page of another origin has it fetched as a picture, a script or a frame of its own.

    Browsers send no `Origin` with that, but for pages of the same site, as other apps of the domain
    are, the cookie. A link that somebody follows is another matter.
    """
    if request.fetch_site not in _ELSEWHERE:
        return False
    if request.fetch_mode == b"navigate" and request.fetch_dest == b"document":
        return False
    if not guard.friends:
        return True
    told = request.origin or _page(request)
    if not told:
        return request.fetch_dest not in FRAMES
    # What the app's own styles refer to is fetched in the name of the styles.
    return told not in guard.friends and not _is_own(told, request)


def _page(request: Asked) -> bytes:
    """Origin of the page that makes the request, if it is told."""
    return b"/".join(request.referer.split(b"/", 3)[:3])


def _is_own(origin: bytes, request: Asked) -> bool:
    return origin.partition(b"://")[2].lower() == request.host.lower().encode("latin-1")


def _foreign(request: Asked, guard: Guard) -> bool:
    """Whether a page of another origin makes the request: it must not act for its visitor.

    Other apps of the domain are such pages, and browsers send them the cookies of this one.
    """
    origin = request.origin
    if not origin:
        return False
    if origin in guard.friends:
        return False
    # By plain HTTP whoever is on the way answers in our name; some browsers make no difference.
    plain = guard.secure and origin[:8].lower() != b"https://"
    return plain or not _is_own(origin, request)
