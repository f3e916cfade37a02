"""The two addresses of a hand-over: one on the sign-in host, one on each app's."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from appliance.auth.browsers import cookies
from appliance.auth.browsers.returning import destination, origins
from appliance.auth.door import Door
from appliance.auth.failures import BurnedCodeError
from appliance.auth.places import HAND_OVER, SIGN_IN
from appliance.auth.sessions.handover import ENTER, HandOvers
from appliance.auth.visiting import cookie, current, host_of, session_cookie, unkept
from appliance.config.addresses import overview
from appliance.config.schema import Config
from appliance.web.answers import Answer


def handing_over(door: Door, hand_overs: HandOvers, config: Callable[[], Config]) -> APIRouter:
    """Routes to be served before the pages."""
    router = APIRouter()

    @router.get(HAND_OVER)
    def hand_over(request: Request, to: str = "", browser: str = "") -> Response:
        now = config()
        where = destination(to, origins(now))
        if where is None or len(browser) != 64 or not _is_sign_in_host(request, now):
            return _page("This address is not complete.", 400, now).to(request)
        session = current(door, request, now)
        if session is None:
            back = f"{HAND_OVER}?to={quote(to, safe='')}&browser={quote(browser, safe='')}"
            return unkept(RedirectResponse(f"{SIGN_IN}?to={quote(back, safe='')}", 303))
        return unkept(RedirectResponse(hand_overs.begin(session, where, browser), 303))

    @router.get(ENTER)
    def enter(request: Request, code: str = "") -> Response:
        now = config()
        browser = cookie(request, cookies.BROWSER, now)
        try:
            signed, where = hand_overs.finish(code, host_of(request), browser)
        except BurnedCodeError as error:
            return _page(str(error), 400, now).to(request)
        answer = RedirectResponse(where.url, 303)
        answer.headers.append("set-cookie", session_cookie(signed.secret, door, now))
        return unkept(answer)

    return router


def _is_sign_in_host(request: Request, config: Config) -> bool:
    return overview(config).partition("://")[2] == request.headers.get("host", "").lower()


def _page(text: str, status: int, config: Config) -> Answer:
    home = overview(config) + "/" if config.public else "/"
    values = {"code": status, "title": "Not signed in", "text": text, "home": home}
    return Answer("message.html", values, program={"detail": text}, status=status)
