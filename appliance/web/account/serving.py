"""From a request to a handler: the host, the form, who it is, and how much may run at once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Literal

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from appliance.auth.browsers.bodies import form
from appliance.auth.browsers.forms import from_our_page
from appliance.auth.failures import AuthError, BusyError
from appliance.auth.places import SIGN_IN
from appliance.config.access import guards
from appliance.config.addresses import overview
from appliance.config.schema import Config
from appliance.web.account.parts import Parts
from appliance.web.account.places import ACCOUNT, CONFIRM
from appliance.web.account.showing import refusal, retry_after, status_of, words
from appliance.web.account.visit import RefusedError, Visit, visit
from appliance.web.answers import Answer
from appliance.web.place import Kind, place

Handler = Callable[[Visit], Response]


class Needs(IntEnum):
    NOTHING = 0
    PERSON = 1
    FRESH_PROOF = 2
    """The person has proved who he is a moment ago: what is changed here opens the account."""


class Lane:
    """Threads for requests of one kind, so that a flood of them holds up no others."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most = waiting
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, handler: Handler, here: Visit) -> Response:
        """Raises `BusyError` at once when too many wait already."""
        # Made here: a limiter belongs to the event loop it is first used in.
        limiter = self._limiter = self._limiter or anyio.CapacityLimiter(self._at_once)
        if limiter.statistics().tasks_waiting >= self._most:
            raise BusyError
        return await anyio.to_thread.run_sync(partial(handler, here), limiter=limiter)


@dataclass(frozen=True)
class Page:
    path: str
    show: Handler | None = None
    """GET: changes nothing."""
    take: Handler | None = None
    """POST of a form that was made here."""
    needs: Needs = Needs.NOTHING
    lane: Literal["quick", "hashing", "outside"] = "quick"
    """`quick`: the database; `hashing`: the form has a password; `outside`: a provider is asked."""


def serving(parts: Parts, pages: Iterable[Page]) -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()
    lanes = {"quick": Lane(8, 200), "hashing": Lane(4, 40), "outside": Lane(8, 40)}
    for page in pages:
        methods = [*(["GET", "HEAD"] if page.show else []), *(["POST"] if page.take else [])]
        answer = partial(_answer, parts, page, lanes)
        router.add_route(page.path, _endpoint(answer), methods=methods)
    return router


def _endpoint(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    # Starlette takes anything but a function for an ASGI app.
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    return endpoint


async def _answer(
    parts: Parts, page: Page, lanes: Mapping[str, Lane], request: Request
) -> Response:
    config = parts.config()
    elsewhere = not_here(config, request, open_to_people=guards(config))
    if elsewhere is not None:
        return elsewhere
    sent = request.method == "POST"
    here = visit(parts, request, await form(request) if sent else FormData())
    handler = page.take if sent else page.show
    lane = lanes[page.lane if sent or page.lane == "outside" else "quick"]
    assert handler is not None  # the route has no other methods
    try:
        response = _kept_out(page, here, sent=sent) or await lane.run(handler, here)
    except RefusedError as error:
        response = refusal(here, error)
    except AuthError as error:
        refused = RefusedError(status_of(error), "That did not work", words(error))
        response = retry_after(refusal(here, refused, *_back(page, here)), error)
    for cookie in here.set_cookies:
        response.headers.append("set-cookie", cookie)
    return response


def not_here(config: Config, request: Request, *, open_to_people: bool) -> Response | None:
    """An answer where pages for people are not, or not on this host."""
    host = request.headers.get("host", "")
    known = place(config, host, "/").kind is not Kind.UNKNOWN_HOST
    if not open_to_people or not known:
        text = "There is nothing at this address."
        values = {"code": 404, "title": "Not found", "text": text, "home": ""}
        return Answer("message.html", values, program={"detail": text}, status=404).to(request)
    home = overview(config)
    if config.public and home.partition("://")[2] != host.lower():
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        # 303: what was meant for another host is not sent to this one.
        return RedirectResponse(home + (path if request.method != "POST" else ACCOUNT), 303)
    return None


def _kept_out(page: Page, here: Visit, *, sent: bool) -> Response | None:
    headers = here.request.headers
    if sent and not from_our_page(headers):
        raise RefusedError(403, "Not from here", "Another site's page may not send this form.")
    if page.needs is not Needs.NOTHING and not is_navigation(here.request):
        raise RefusedError(403, "Not from here", "This page opens in a window of its own only.")
    if page.needs is not Needs.NOTHING and here.session is None:
        return here.go(SIGN_IN, to=_again(page, here))
    if sent and not here.form_is_ours:
        error = RefusedError(
            403,
            "This page is too old",
            "It was made before you signed in or closed the browser, or your browser keeps no "
            "cookies for this site. Nothing was changed; open it again.",
        )
        return refusal(here, error, *_back(page, here))
    if page.needs is Needs.FRESH_PROOF and not here.fresh:
        return here.go(CONFIRM, to=_again(page, here))
    return None


def is_navigation(request: Request) -> bool:
    """A page that a person opens; scripts and frames of apps on this host get none.

    A browser that says nothing about it is left to the token in the form.
    """
    return request.headers.get("sec-fetch-dest", "document") == "document"


def _again(page: Page, here: Visit) -> str:
    """Where to come back to; a form has to be filled in once more."""
    if here.request.method == "POST":
        return here.request.url.path if page.show else ACCOUNT
    query = here.request.url.query
    return here.request.url.path + (f"?{query}" if query else "")


def _back(page: Page, here: Visit) -> Sequence[str]:
    return (_again(page, here), "Open the page again")
