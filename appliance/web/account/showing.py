"""How the account's pages are answered: no page is kept, framed, or runs scripts but our own."""

from datetime import UTC, datetime
from math import ceil
from urllib.parse import parse_qs, urlsplit

from fastapi.responses import HTMLResponse, Response

from appliance import __version__
from appliance.auth.browsers.returning import destination, origins
from appliance.auth.failures import AuthError, TooManyAttemptsError
from appliance.auth.places import HAND_OVER
from appliance.auth.sessions.embedding import granting
from appliance.web.account.visit import RefusedError, Visit
from appliance.web.answers import templates

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; {scripts}"
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_STATUS = {
    "too-many-attempts": 429,
    "busy": 503,
    "burned-link": 410,
    "name-taken": 409,
    "provider-away": 503,
    "provider-misconfigured": 503,
}


def show(
    visit: Visit,
    template: str,
    *,
    error: AuthError | None = None,
    scripted: bool = False,
    refresh: str | None = None,
    **values: object,
) -> Response:
    """A page made from `templates/account/<template>.html`.

    `error`: why what was sent came to nothing. `scripted`: it asks for a passkey, or copies.
    `refresh`: where it leads by itself, at once.
    """
    page = templates().get_template(f"account/{template}.html")
    html = page.render(
        refresh=f"0;url={refresh}" if refresh else None,
        version=__version__,
        scripted=scripted,
        form_token=visit.form_token,
        appliance=visit.title,
        error=words(error) if error else "",
        **{"done": "", **values},
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY.format(
            scripts="script-src 'self'; " if scripted else ""
        ),
        "Cross-Origin-Opener-Policy": _opener_policy(visit),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if error is None:
        return HTMLResponse(html, headers=headers)
    return retry_after(HTMLResponse(html, status_of(error), headers), error)


def _opener_policy(visit: Visit) -> str:
    """A page that waits to show an app keeps the window in which its visitor signs in for that.

    A page that opens a window knows its address and may lead it elsewhere in any case.
    """
    to = visit.target()
    if to.startswith(f"{HAND_OVER}?"):
        inner = parse_qs(urlsplit(to).query).get("to", [""])[0]
        to = inner if destination(inner, origins(visit.config)) else ""
    app = visit.config.apps.get(granting(_path(to)) or "")
    return "unsafe-none" if app is not None and app.embed.origins else "same-origin"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def refusal(visit: Visit, error: RefusedError, back: str = "/", back_words: str = "") -> Response:
    answer = show(
        visit,
        "message",
        title=error.title,
        text=error.text,
        back=back,
        back_words=back_words or "All apps",
    )
    answer.status_code = error.status
    return answer


def status_of(error: AuthError) -> int:
    return _STATUS.get(error.code, 422)


def words(error: AuthError) -> str:
    """The error for the person; how long to wait is said in minutes."""
    if isinstance(error, TooManyAttemptsError):
        return f"Too many failed attempts. Try again in {_minutes(error)}."
    return str(error)


def retry_after(response: Response, error: AuthError) -> Response:
    if isinstance(error, TooManyAttemptsError):
        response.headers["Retry-After"] = str(int(error.retry_after.total_seconds()) + 1)
    return response


def day(at: float | None) -> str:
    """`14 Nov 2026`; no time zone of the visitor is known."""
    return datetime.fromtimestamp(at, UTC).strftime("%-d %b %Y") if at is not None else "never"


def moment(at: float | None) -> str:
    """As in `14 Nov 2026, 10:12 UTC`."""
    if at is None:
        return "never"
    return datetime.fromtimestamp(at, UTC).strftime("%-d %b %Y, %H:%M UTC")


def _minutes(error: TooManyAttemptsError) -> str:
    minutes = ceil(error.retry_after.total_seconds() / 60)
    if minutes < 90:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    return f"{round(minutes / 60)} hours"
