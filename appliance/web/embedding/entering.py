"""From a code, or from a token in a page, to the cookie of an app inside another site's pages."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response

from appliance.auth.browsers import cookies
from appliance.auth.browsers.bodies import form, text
from appliance.auth.browsers.forms import from_our_page
from appliance.auth.door import Door
from appliance.auth.failures import AuthError, BurnedCodeError, UnknownTokenError
from appliance.auth.forward.asked import FRAMES
from appliance.auth.sessions.embedding import ENTER, Grants
from appliance.auth.visiting import host_of, unkept
from appliance.config.addresses import secure
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.answers import Answer
from appliance.web.cards import card
from appliance.web.embedding.places import target
from appliance.web.embedding.snippets import THEMES, Target

_FRAMES = frozenset(dest.decode() for dest in FRAMES)


_FIELDS = ("code", "verifier", "token")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a page brings: a code and what it is good with, or a token."""

    app: str
    host: str
    site: str
    """Origin of the page, where the browser tells it."""
    code: str = ""
    verifier: str = ""
    token: str = ""


def entering(door: Door, grants: Grants, snapshot: Callable[[], Snapshot]) -> APIRouter:
    """Routes to be served before the pages."""
    router = APIRouter()

    @router.post(ENTER)
    async def enter(request: Request, name: str) -> Response:
        """Asked for by a script: the app's own in a frame, or the other site's."""
        now = snapshot()
        readable = _readable(now, name, request)
        if readable is None:
            return JSONResponse({"detail": "Another site's page may not ask for this."}, 403)
        fields = await form(request)
        site = request.headers["origin"] if readable else ""
        told = (text(fields, one) for one in _FIELDS)
        entry = _Entry(name, host_of(request), site, *told)
        try:
            secret = await run_in_threadpool(_secret, door, grants, now.config, entry)
        except AuthError as error:
            return unkept(JSONResponse({"detail": str(error)}, 401, readable))
        answer = unkept(Response(status_code=204, headers=readable))
        answer.headers.append("set-cookie", _put(door, now.config, secret))
        return answer

    @router.get(ENTER)
    def enter_frame(request: Request, name: str, token: str = "", theme: str = "") -> Response:
        """A frame whose page carries a token begins here; without a good one it asks to sign in."""
        now = snapshot()
        here = _here(now, name, request)
        if here is None:
            text = "There is nothing at this address."
            values = {"code": 404, "title": "Not found", "text": text, "home": ""}
            return Answer("message.html", values, program={"detail": text}, status=404).to(request)
        answer = unkept(RedirectResponse(_with_theme(here.url, theme), 303))
        # In a window of its own one is who one is.
        framed = request.headers.get("sec-fetch-dest") in _FRAMES
        site = "/".join(request.headers.get("referer", "").split("/", 3)[:3])
        entry = _Entry(name, host_of(request), site, token=token)
        if framed and _good(door, now.config, entry):
            answer.headers.append("set-cookie", _put(door, now.config, token))
        return answer

    return router


def _here(now: Snapshot, name: str, request: Request) -> Target | None:
    if name not in now.config.apps:
        return None
    found = target(now.config, card(now, name), request)
    return found if isinstance(found, Target) else None


def _readable(now: Snapshot, name: str, request: Request) -> dict[str, str] | None:
    """Headers by which the page that asks may read the answer; None if it may not even ask."""
    if _here(now, name, request) is None:
        return None
    origin = request.headers.get("origin", "")
    if origin in now.config.apps[name].embed.origins:
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
    return {} if from_our_page(request.headers) else None


def _secret(door: Door, grants: Grants, config: Config, entry: _Entry) -> str:
    """For the cookie. Raises `BurnedCodeError`, `UnknownTokenError`."""
    if entry.token:
        if not _good(door, config, entry):
            raise UnknownTokenError
        return entry.token
    signed = grants.finish(entry.code, entry.verifier, entry.app, entry.host)
    if signed.session.site not in config.apps[entry.app].embed.origins:
        raise BurnedCodeError
    return signed.secret


def _good(door: Door, config: Config, entry: _Entry) -> bool:
    """Whether it is a token made for showing this app on the site that asks, which still may."""
    token = door.tokens.find(entry.token)
    if token is None or entry.app not in token.caveats.apps:
        return False
    site = token.caveats.origin
    return site in config.apps[entry.app].embed.origins and entry.site in ("", site)


def _put(door: Door, config: Config, secret: str) -> str:
    life = door.sessions.longest_life
    return cookies.put(cookies.EMBEDDED, secret, secure=secure(config), life=life, embedded=True)


def _with_theme(url: str, theme: str) -> str:
    return f"{url}?__theme={theme}" if theme in THEMES[1:] else url
