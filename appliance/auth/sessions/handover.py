"""Being signed in on one more host: a one-time code goes from the sign-in host to the app's."""

from dataclasses import dataclass
from datetime import timedelta

from appliance.auth.browsers.returning import Destination
from appliance.auth.failures import BurnedCodeError
from appliance.auth.secrets import Clock, digest
from appliance.auth.sessions.session import Session, Signed
from appliance.auth.sessions.sessions import Sessions
from appliance.auth.shortlived import ShortLived

LIFE = timedelta(seconds=30)
ENTER = "/-/enter"


@dataclass(frozen=True, slots=True)
class _Pass:
    session: Session
    destination: Destination
    browser: str


class HandOvers:
    """Codes that are under way; each is good once, on one host, in one browser."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._codes: ShortLived[_Pass] = ShortLived(clock, LIFE)

    def begin(self, session: Session, destination: Destination, browser: str) -> str:
        """Where to send the browser; `browser` is the digest its cookie on that host has."""
        code = self._codes.put(_Pass(session, destination, browser))
        return f"{destination.origin}{ENTER}?code={code}"

    def finish(self, code: str, host: str, browser: str | None) -> tuple[Signed, Destination]:
        """The session on `host`; `browser` is the cookie itself. Raises `BurnedCodeError`."""
        found = self._codes.take(code)
        if found is None or browser is None or found.destination.host != host:
            raise BurnedCodeError
        if digest(browser).hex() != found.browser or not self._sessions.lives(found.session):
            raise BurnedCodeError
        return self._sessions.hand_over(found.session, host), found.destination
