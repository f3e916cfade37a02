"""What control answers on the apps' own addresses: `login` and `logout` as programs know them."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response

from appliance.auth.audit import Event
from appliance.auth.browsers import cookies
from appliance.auth.browsers.bodies import form, text
from appliance.auth.browsers.forms import from_our_page
from appliance.auth.door import Door
from appliance.auth.failures import AuthError, TooManyAttemptsError, WrongCredentialsError
from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Step, factors, next_step
from appliance.auth.second_factor.rules import demands
from appliance.auth.tokens.token import PREFIX, Token
from appliance.auth.visiting import current, host_of, session_cookie, unkept, visitor
from appliance.config.access import access, guards
from appliance.config.addresses import link, secure
from appliance.config.schema import Config
from appliance.web.place import place

_STATUS = {"too-many-attempts": 429, "busy": 503, "needs-token": 401}


class NeedsTokenError(AuthError):
    """The password is right, and a second factor is needed, which a program cannot give."""

    code = "needs-token"

    def __init__(self) -> None:
        super().__init__("This account has a second factor. Use a token in place of the password.")


@dataclass(frozen=True, slots=True)
class Proven:
    """Who a program is, and the token it showed if it was one."""

    person: Person
    token: Token | None = None


def entrance(door: Door, config: Callable[[], Config]) -> APIRouter:
    """Routes to be served before the pages."""
    router = APIRouter()

    @router.post("/login")
    @router.post("/{prefix:path}/login")
    async def login(request: Request) -> Response:
        """As Gradio's clients expect it: 200 and a cookie, or 401."""
        now = config()
        app = _app(request, now)
        if app is None or not guards(now):
            return JSONResponse({"detail": "Not Found"}, 404)
        if not from_our_page(request.headers):
            return JSONResponse({"detail": "Another page may not sign you in."}, 403)
        fields = await form(request)
        name, word = text(fields, "username"), text(fields, "password")
        return await run_in_threadpool(_login, door, request, now, app, (name, word))

    @router.get("/logout")
    @router.get("/{prefix:path}/logout")
    def logout(request: Request) -> Response:
        now = config()
        app = _app(request, now)
        if app is None or not guards(now):
            return JSONResponse({"detail": "Not Found"}, 404)
        session = current(door, request, now)
        # A picture in somebody else's page must not sign people out.
        if session is not None and from_our_page(request.headers):
            door.sessions.end(session)
            door.audit.write(_event("signed-out", door.people.by_id(session.person), request))
        answer = RedirectResponse(_home(request, now, app), 303)
        forget = cookies.remove(cookies.SESSION, secure=secure(now))
        answer.headers.append("set-cookie", forget)
        return unkept(answer)

    return router


def _login(
    door: Door, request: Request, config: Config, app: str, credentials: tuple[str, str]
) -> Response:
    seen = visitor(request)
    try:
        proven = _proven(door, config, credentials, app, seen.address)
    except TooManyAttemptsError as error:
        return _refused(error, int(error.retry_after.total_seconds()) + 1)
    except AuthError as error:
        return _refused(error)
    if rule(access(config, app))(proven.person) is not Ruling.ADMITTED:
        return JSONResponse({"detail": "This app is for other people."}, 403)
    if (before := current(door, request, config)) is not None:
        # Somebody else, perhaps, who was signed in here.
        door.sessions.end(before)
    method = "token" if proven.token else "password"
    door.signing_in.succeeded(proven.person, seen.address, (method,))
    signed = door.sessions.start(
        proven.person.id,
        host_of(request),
        [method],
        seen,
        token=proven.token.id if proven.token else None,
    )
    answer = JSONResponse({"success": True})
    answer.headers.append("set-cookie", session_cookie(signed.secret, door, config))
    return unkept(answer)


def _proven(
    door: Door, config: Config, credentials: tuple[str, str], app: str, address: str
) -> Proven:
    name, word = credentials
    if not word.startswith(PREFIX):
        person = door.signing_in.password(name, word, address)
        enrolled = factors(door.engine, door.keys, door.clock).of(person.id)
        if next_step(demands(config).of(person), enrolled) is not Step.DONE:
            raise NeedsTokenError
        return Proven(person)
    door.signing_in.allowed(name, address)
    token = door.tokens.find(word)
    found = door.people.by_id(token.person) if token else None
    if token is None or found is None or found.disabled or found.name != name.strip().lower():
        door.signing_in.failed(name, address, "token")
        raise WrongCredentialsError
    # One that stands in a site's page for all to read is good inside that page alone.
    if token.caveats.origin:
        raise WrongCredentialsError
    if token.caveats.apps and app not in token.caveats.apps:
        raise WrongCredentialsError
    if not token.caveats.allow_address(address):
        raise WrongCredentialsError
    return Proven(found, token)


def _refused(error: AuthError, retry_after: int | None = None) -> Response:
    # Gradio's clients read a plain text under `detail`.
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    status = _STATUS.get(error.code, 401)
    return unkept(JSONResponse({"detail": str(error)}, status, headers))


def _app(request: Request, config: Config) -> str | None:
    path = request.scope["raw_path"].decode("ascii", "replace")
    found = place(config, request.headers.get("host", ""), path).app
    return found if found and config.apps[found].login == "appliance" else None


def _home(request: Request, config: Config, app: str) -> str:
    if config.public:
        return link(config, app) + "/"
    return request.url.path.removesuffix("/logout") + "/"


def _event(kind: str, person: Person | None, request: Request) -> Event:
    name = person.name if person else ""
    return Event(kind, actor=name, subject=name, address=visitor(request).address)
