"""Being signed in to an app inside another site's pages, whose cookies are kept apart.

A window of the app's own, where the visitor is known, gives a one-time code to the page that opened
it; that page alone knows what turns the code into a cookie.
"""

import hmac
import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta

from appliance.auth.failures import BurnedCodeError
from appliance.auth.secrets import Clock, digest
from appliance.auth.sessions.session import Session, Signed
from appliance.auth.sessions.sessions import Sessions
from appliance.auth.shortlived import ShortLived

LIFE = timedelta(minutes=1)
GRANT = "/-/apps/{name}/embedded"
ENTER = f"{GRANT}/enter"
_GRANTS = re.compile(r"/-/apps/(?P<app>[^/?]+)/embedded\?")
_READERS = ("frame", "page")
_CHALLENGE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks for: to show an app to whoever sits in front of it."""

    app: str
    site: str
    """Origin of the page."""
    challenge: str
    """SHA-256, in hexadecimal, of what only the document that asks knows."""
    reader: str
    """Who gets the code: `frame`, the app's own document in a frame, or `page`, the site's."""

    def allowed(self, origins: Container[str]) -> bool:
        """Whether it is one that may be granted; `origins` may embed the app."""
        whole = _CHALLENGE.fullmatch(self.challenge) is not None and self.reader in _READERS
        return whole and self.site in origins


@dataclass(frozen=True, slots=True)
class _Grant:
    session: Session
    wish: Wish


class Grants:
    """Codes that are under way; each is good once, on one host, for who began."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._codes: ShortLived[_Grant] = ShortLived(clock, LIFE)

    def begin(self, session: Session, wish: Wish) -> str:
        """The code for the page. The visitor has said that he wants to see the app there."""
        return self._codes.put(_Grant(session, wish))

    def finish(self, code: str, verifier: str, app: str, host: str) -> Signed:
        """The session of the app inside the site. Raises `BurnedCodeError`."""
        found = self._codes.take(code)
        if found is None or found.wish.app != app or found.session.host != host:
            raise BurnedCodeError
        known = hmac.compare_digest(digest(verifier).hex(), found.wish.challenge)
        if not known or not self._sessions.lives(found.session):
            raise BurnedCodeError
        return self._sessions.embed(found.session, app, found.wish.site)


def granting(path: str) -> str | None:
    """The app that a path on its host asks to show elsewhere; None: it asks something else."""
    found = _GRANTS.match(path)
    return found["app"] if found else None
