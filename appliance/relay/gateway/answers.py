"""The gateway's own answers: a page for browsers, JSON for programs, made when it starts."""

import base64
import hashlib
import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path

_ACTION = b"{action}"
_INVALID = ' aria-invalid="true" aria-describedby="told"'
_PAGE = Path(__file__).with_name("page.html")
_STYLE = Path(__file__).with_name("page.css")


class Kind(StrEnum):
    """Why the app did not answer, in the words of `Away` too; also a label of metrics."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    ENDED = "ended"
    DISCONNECTED = "disconnected"
    REFUSED = "refused"
    BROKEN = "broken"
    SLOW = "slow"
    BUSY = "busy"
    SPENT = "spent"
    CROWDED = "crowded"
    PASSWORD = "password"  # noqa: S105 - not one
    LOCKED = "locked"
    WRONG = "wrong"
    GUESSED = "guessed"
    MALFORMED = "malformed"


FORMS = frozenset((Kind.LOCKED, Kind.WRONG))
"""Whose pages ask for the password of a link."""


@dataclass(frozen=True)
class _Text:
    status: int
    title: str
    text: str
    retry: int | None = None
    """Seconds until a page loads itself again and a program should ask again."""
    again: str = "This page tries again by itself."
    """What a page that does so says of it; whoever reads a program's message has no such page."""
    challenge: str = ""

    @property
    def page(self) -> str:
        return self.text if self.retry is None else f"{self.text} {self.again}"

    @property
    def program(self) -> str:
        return self.text if self.retry is None else f"{self.text} Try again in {self.retry} s."


_TEXTS = {
    Kind.UNKNOWN: _Text(
        404,
        "No app here",
        "Nobody shares an app at this address. Check the link, or ask for a new one.",
    ),
    Kind.EXPIRED: _Text(
        410,
        "This link has expired",
        "Share links end after a while. Ask the person who sent it for a new one.",
    ),
    Kind.ENDED: _Text(
        410,
        "This link was closed",
        "The app is no longer shared. Ask the person who sent the link for a new one.",
    ),
    Kind.DISCONNECTED: _Text(
        503,
        "The app is away",
        "The computer that shares it sleeps or has lost its connection.",
        retry=2,
        again="This page opens it as soon as it is back.",
    ),
    Kind.REFUSED: _Text(
        502,
        "The app does not answer",
        "The computer that shares it is connected, but the app there gives no answer.",
        retry=5,
        again="This page opens it as soon as it does.",
    ),
    Kind.BROKEN: _Text(
        502,
        "The app's answer cannot be read",
        "What it sent is not proper HTTP. Tell the person who shares it.",
    ),
    Kind.SLOW: _Text(
        504,
        "The app is too slow",
        "The computer that shares it gave no connection to the app in time.",
        retry=5,
    ),
    Kind.BUSY: _Text(
        429,
        "Too many requests",
        "This app, or all that its owner shares, is asked more often than it may be.",
        retry=2,
    ),
    Kind.SPENT: _Text(
        429,
        "Used up for today",
        "As much as may go through this link, or all of its owner's, in a day has gone through. It "
        "opens again at midnight UTC.",
    ),
    Kind.CROWDED: _Text(
        503,
        "Too many visitors",
        "As many people as can be taken use this app now, or all that its owner shares.",
        retry=5,
    ),
    Kind.PASSWORD: _Text(
        401,
        "A password is needed",
        "This app asks for a name and a password.",
        challenge='Basic realm="Shared app", charset="UTF-8"',
    ),
    Kind.LOCKED: _Text(
        401,
        "A password is needed",
        "The person who shares this app has put a password on the link.",
        challenge="Bearer",
    ),
    Kind.WRONG: _Text(
        401,
        "A password is needed",
        "That was not the password. Ask the person who sent the link.",
        challenge="Bearer",
    ),
    Kind.GUESSED: _Text(
        429,
        "Too many wrong passwords",
        "They came from your address, so no more are looked at for a while. Try again in a "
        "quarter of an hour.",
    ),
}
_FORM = """<form method="post" action="{action}">
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" required
    autofocus maxlength="200"{wrong}>
  <button>Open the app</button>
</form>"""


@dataclass(frozen=True)
class _Prepared:
    """An answer in the pieces between which a request's own words go."""

    page_head: bytes
    page: tuple[bytes, bytes, bytes]
    json_head: bytes
    json: bytes


class Answers:
    """All answers, ready but for the share's name."""

    def __init__(self) -> None:
        style = _STYLE.read_text()
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        template = _PAGE.read_text().replace("{style}", style)
        self._prepared = {kind: _prepared(kind, template, f"'sha256-{digest}'") for kind in _TEXTS}

    def answer(  # noqa: PLR0913 - what differs from request to request
        self,
        kind: Kind,
        name: str,
        *,
        page: bool,
        head_only: bool,
        close: bool,
        since: float | None = None,
        action: str = "/~password",
        wait: int | None = None,
    ) -> bytes:
        """A whole response.

        `since`: Unix time from which on it is so; `action`: where the form of one of `FORMS` goes;
        `wait`: seconds after which a program should come again, where that differs.
        """
        ready = self._prepared[kind]
        if page:
            before, between, after = ready.page
            if kind in FORMS:
                before = before.replace(_ACTION, html.escape(action).encode())
            when = datetime.fromtimestamp(since, UTC) if since is not None else None
            noted = f"Since {when:%Y-%m-%d %H:%M} UTC" if when else ""
            body = b"".join((before, html.escape(name).encode(), between, noted.encode(), after))
            head = ready.page_head
        else:
            head, body = ready.json_head, ready.json
        if wait is not None:
            head += b"Retry-After: %d\r\n" % wait
        ending = b"Connection: close\r\n\r\n" if close else b"\r\n"
        length = b"Content-Length: %d\r\n" % len(body)
        return b"".join((head, length, ending, b"" if head_only else body))

    @staticmethod
    def refusal(status: int, reason: str) -> bytes:
        """To what is no proper request; the connection closes after it."""
        body = json.dumps({"detail": reason, "error": reason}).encode()
        return b"".join(
            (
                _status_line(status),
                b"Content-Type: application/json\r\nCache-Control: no-store\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body),
                body,
            )
        )


def _prepared(kind: Kind, template: str, style: str) -> _Prepared:
    text = _TEXTS[kind]
    goes = "'self'" if kind in FORMS else "'none'"
    common = {"Cache-Control": "no-store", "Vary": "Accept"}
    if text.retry is not None:
        common["Retry-After"] = str(text.retry)
    if text.challenge:
        common["WWW-Authenticate"] = text.challenge
    for_page = {
        "Content-Type": "text/html; charset=utf-8",
        # Anyone may embed a share, and there is nothing to win by a click here.
        "Content-Security-Policy": f"default-src 'none'; style-src {style}; img-src data:; "
        f"base-uri 'none'; form-action {goes}; frame-ancestors *",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    refresh = f'<meta http-equiv="refresh" content="{text.retry}">' if text.retry else ""
    bar = '<div class="bar" role="progressbar" aria-label="Waiting"></div>' if text.retry else ""
    form = _FORM.replace("{wrong}", _INVALID if kind is Kind.WRONG else "")
    page = template
    for placeholder, value in {
        "{code}": str(text.status),
        "{title}": text.title,
        "{text}": text.page,
        "{refresh}": refresh,
        "{bar}": bar,
        "{form}": form if kind in FORMS else "",
        "{told}": ' id="told" role="alert"' if kind is Kind.WRONG else "",
    }.items():
        page = page.replace(placeholder, value)
    before, rest = page.split("{name}")
    between, after = rest.split("{since}")
    # Gradio's clients look for `error` in some answers and for `detail` in others.
    detail: object = text.program
    if kind in FORMS:
        detail = {"error": "Not authenticated", "auth_message": text.text}
    told = json.dumps({"detail": detail, "error": f"{text.title}. {text.program}"})
    return _Prepared(
        page_head=_head(text.status, {**common, **for_page}),
        page=(before.encode(), between.encode(), after.encode()),
        json_head=_head(text.status, {**common, "Content-Type": "application/json"}),
        json=told.encode(),
    )


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = (f"{name}: {value}\r\n" for name, value in headers.items())
    return _status_line(status) + "".join(lines).encode()


def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
