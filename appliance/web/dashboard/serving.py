"""From a request to a page, a form or a stream of the dashboard."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import FormData

from appliance.auth.browsers.bodies import form
from appliance.auth.browsers.forms import from_our_page
from appliance.auth.failures import AuthError
from appliance.auth.places import SIGN_IN
from appliance.config.access import guards
from appliance.control.apphost import AppHostAway, AppHostRefused, Written
from appliance.control.relay import RelayAway, RelayRefused
from appliance.web.account.parts import Parts
from appliance.web.account.places import CONFIRM
from appliance.web.account.serving import is_navigation, not_here
from appliance.web.account.showing import refusal, status_of, words
from appliance.web.account.visit import RefusedError, Visit, visit
from appliance.web.dashboard import showing, streaming
from appliance.web.dashboard.caller import FOR_ADMINISTRATORS, Caller, offered
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.machine import APPS_AWAY, RELAY_AWAY, Machine
from appliance.web.dashboard.places import APP, DASHBOARD, PEOPLE
from appliance.web.dashboard.viewing import Values

_LINES = 2000
"""Of a log as plain text."""
_TAIL = 200
Handler = Callable[[Caller], Awaitable[Response]]


@dataclass(frozen=True)
class View:
    """GET: changes nothing."""

    path: str
    template: str
    values: Callable[[Caller], Awaitable[Values]]
    for_everybody: bool = False
    """Else for administrators."""
    live: bool = False
    """Whether `templates/dashboard/live` has a part of it, which is kept up to date."""
    fresh: bool = False
    """For somebody who has proved who he is a moment ago: what is changed here opens accounts."""
    once: bool = False
    """Whether it shows a secret to whoever has just made it."""


@dataclass(frozen=True)
class Act:
    """POST of a form that was made here."""

    path: str
    take: Handler
    for_everybody: bool = False
    """Else for administrators. What others may do is decided by what it is done to."""
    fresh: bool = False
    asks: Callable[[Caller], Question] | None = None
    """What is asked before it is done."""


@dataclass(frozen=True)
class Download:
    """GET: a file in place of a page."""

    path: str
    give: Handler
    for_everybody: bool = False
    """Else for administrators. What others may have is decided by what it is about."""


@dataclass(frozen=True)
class Stream:
    """Events for a page that is open."""

    path: str
    open: Handler


class Dashboard:
    """Everything below `/-/dashboard`."""

    def __init__(self, parts: Parts, machine: Machine) -> None:
        self._parts = parts
        self._machine = machine
        self._streams = streaming.Streams()
        self.router = APIRouter()

    def add(self, *pages: View | Act | Download) -> None:
        for page in pages:
            if isinstance(page, Act):
                self._route(page.path, partial(self._acting, page), partial(_act, page), "POST")
                continue
            if isinstance(page, Download):
                view = View(page.path, "", _nothing, for_everybody=page.for_everybody)
                self._route(page.path, partial(self._viewing, view), page.give, "GET", "HEAD")
                continue
            show = partial(_page, page)
            self._route(page.path, partial(self._viewing, page), show, "GET", "HEAD")
            if page.live:
                live = partial(self._live, page)
                self._route(f"{page.path}/live", self._listening, live, "GET")

    def add_logs(self) -> None:
        """What apps wrote, as plain text and as a stream."""
        logs: tuple[Written, ...] = ("logs", "build")
        for what in logs:
            path = f"{APP}/{what}"
            view = View(path, "", _nothing)
            self._route(path, partial(self._viewing, view), partial(_text, what), "GET", "HEAD")
            self._route(f"{path}/live", self._listening, partial(self._log, what), "GET")

    def add_file(self, path: str, give: Handler) -> None:
        """Something to take away."""
        self._route(path, partial(self._viewing, View(path, "", _nothing)), give, "GET")

    def _route(
        self,
        path: str,
        admit: Callable[[Caller], Response | None],
        handler: Handler,
        *methods: str,
    ) -> None:
        async def endpoint(request: Request) -> Response:
            return await self._answer(request, admit, handler)

        self.router.add_route(path, endpoint, methods=list(methods))

    async def _answer(
        self, request: Request, admit: Callable[[Caller], Response | None], handler: Handler
    ) -> Response:
        now = self._machine.now()
        here = offered(now.config, request)
        elsewhere = not_here(now.config, request, open_to_people=here)
        if elsewhere is not None:
            return elsewhere
        sent = request.method == "POST"
        fields = await form(request) if sent else FormData()
        asking = visit(self._parts, request, fields)
        caller = Caller(asking, self._machine, now)
        try:
            response = admit(caller) or await handler(caller)
        except (RefusedError, AuthError, *_TROUBLES) as error:
            response = _refused(asking, error)
        for cookie in asking.set_cookies:
            response.headers.append("set-cookie", cookie)
        return response

    def _viewing(self, view: View, caller: Caller) -> Response | None:
        if not is_navigation(caller.visit.request):
            raise RefusedError(403, "Not from here", "This page opens in a window of its own only.")
        kept_out = _admitted(caller, administers=not view.for_everybody)
        return kept_out or _unproven(caller, view.fresh)

    def _acting(self, act: Act, caller: Caller) -> Response | None:
        if not from_our_page(caller.visit.request.headers):
            raise RefusedError(403, "Not from here", "Another site's page may not send this form.")
        kept_out = _admitted(caller, administers=not act.for_everybody)
        if kept_out is None and not caller.visit.form_is_ours:
            raise RefusedError(
                403,
                "This page is too old",
                "It was made before you signed in or closed the browser, or your browser keeps no "
                "cookies for this site. Nothing was changed; open it again.",
            )
        return kept_out or _unproven(caller, act.fresh)

    def _listening(self, caller: Caller) -> Response | None:
        """Scripts of apps may be on this host: an address that they cannot know is demanded."""
        if not (caller.administers and caller.visit.stream_is_ours):
            return PlainTextResponse("Open the page again.", 403)
        return None

    async def _live(self, view: View, caller: Caller) -> Response:
        async def render() -> str:
            fresh = Caller(caller.visit, caller.machine, caller.machine.now())
            return showing.fragment(fresh, view.template, await view.values(fresh))

        return self._streams.answer(streaming.news(caller, render))

    async def _log(self, what: Written, caller: Caller) -> Response:
        lines = caller.machine.apps.lines(caller.app, what, tail=_TAIL, follow=True)
        return self._streams.answer(streaming.written(caller, lines))


_TROUBLES = (AppHostAway, AppHostRefused, RelayAway, RelayRefused)


def _admitted(caller: Caller, *, administers: bool) -> Response | None:
    """An answer to somebody who is not let in."""
    if not caller.known:
        request = caller.visit.request
        query = f"?{request.url.query}" if request.url.query else ""
        again = request.url.path + query if request.method != "POST" else DASHBOARD
        return caller.visit.go(SIGN_IN, to=again)
    if administers and not caller.administers:
        raise RefusedError(403, *FOR_ADMINISTRATORS)
    return None


def _unproven(caller: Caller, fresh: bool) -> Response | None:  # noqa: FBT001 - a page's own flag
    """The way to prove once more who one is, and back."""
    if not fresh or caller.visit.fresh or not guards(caller.config):
        return None
    request = caller.visit.request
    if request.method != "POST":
        return caller.visit.go(CONFIRM, to=request.url.path)
    # The page that has the form: what was filled in has to be filled in once more.
    page = request.url.path.rpartition("/")[0]
    return caller.visit.go(CONFIRM, to=page if page.startswith(f"{PEOPLE}/") else PEOPLE)


async def _act(act: Act, caller: Caller) -> Response:
    if act.asks is not None and caller.visit.field("sure") != "yes":
        return showing.ask(caller, act.asks(caller))
    return await act.take(caller)


async def _page(view: View, caller: Caller) -> Response:
    values = await view.values(caller)
    template = view.template
    if view.path == DASHBOARD and not caller.administers:
        template = "mine"
    return showing.page(caller, template, {"live": view.live, **values})


async def _text(what: Written, caller: Caller) -> Response:
    lines = caller.machine.apps.lines(caller.app, what, tail=_LINES, follow=False)
    text = "".join([streaming.plain(line) + "\n" async for line in lines])
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(text or "Nothing was written yet.\n", headers=headers)


async def _nothing(_: Caller) -> Values:
    return {}


def _refused(asking: Visit, error: Exception) -> Response:
    back = (DASHBOARD, "Dashboard")
    if isinstance(error, RefusedError):
        return refusal(asking, error, *back)
    if isinstance(error, AuthError):
        told = RefusedError(status_of(error), "That did not work", words(error))
    elif isinstance(error, AppHostRefused | RelayRefused):
        told = RefusedError(409, "That did not work", str(error))
    elif isinstance(error, AppHostAway):
        told = RefusedError(503, "No answer", APPS_AWAY)
    else:
        told = RefusedError(503, "No answer", RELAY_AWAY)
    return refusal(asking, told, *back)
