"""The pages: overview, starting, failed, not found, and what Traefik shows when an app fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from appliance.auth.forward.visibility import Visibility
from appliance.config.access import guards
from appliance.config.addresses import overview
from appliance.control.status import Snapshot
from appliance.proxy.routes import OUTSIDE_PATH
from appliance.refusing import refuse_in_words
from appliance.web.answers import STATIC, Answer
from appliance.web.bounded import BoundedBodies
from appliance.web.cards import Card, card, cards, matching, query_of, searched
from appliance.web.dashboard.places import app_page
from appliance.web.embedding.routes import embedding
from appliance.web.greeting import Greeter, Greeting
from appliance.web.not_kept import not_kept
from appliance.web.place import Kind, place

_SOON = 2
"""Seconds after which a browser looks again whether an app has started."""
_AGAIN = 5
_LATER = 15
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def pages(
    snapshot: Callable[[], Snapshot],
    routers: Sequence[APIRouter] = (),
    visibility: Visibility | None = None,
    greet: Greeter = lambda _: Greeting(),
    mounted: Mapping[str, ASGIApp] = MappingProxyType({}),
) -> FastAPI:
    """All that is reached through Traefik when no app answers; `mounted`, by path, come first.

    `visibility` says which apps a visitor may know of; None: all. `greet`: who he is.
    """
    app = FastAPI(title="Gradio Appliance", openapi_url=None)
    for path, served in mounted.items():
        app.mount(path, served)
    app.mount("/-/static", StaticFiles(directory=STATIC))
    for router in routers:
        app.include_router(router)
    app.include_router(embedding(snapshot, visibility))
    refuse_in_words(app, not_kept)
    app.add_middleware(BoundedBodies)

    @app.api_route("/-/healthz", methods=["GET", "HEAD"])
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    @app.api_route("/favicon.ico", methods=["GET", "HEAD"])
    async def icon() -> Response:
        # Browsers ask the root of a host for it, also on the page of an app below a path.
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    @app.api_route("/-/error/{status}", methods=_METHODS)
    async def error(
        request: Request, status: int, app: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        return _proxy_error(snapshot(), status, app).to(request)

    @app.api_route(OUTSIDE_PATH, methods=_METHODS)
    async def outside(request: Request) -> Response:
        return _outside(request.headers.get("x-forwarded-for", "")).to(request)

    @app.api_route("/{path:path}", methods=_METHODS)
    async def anything(request: Request) -> Response:
        return _page(request, snapshot(), visibility, greet)

    return app


def _page(
    request: Request, now: Snapshot, visibility: Visibility | None, greet: Greeter
) -> Response:
    # The path as it was sent: `%2F` is no separator to Traefik either.
    path = request.scope["raw_path"].decode("ascii", "replace")
    here = place(now.config, request.headers.get("host", ""), path)
    if here.app is not None:
        refused = visibility.refused(request, here.app) if visibility else None
        return refused or _app(now, card(now, here.app)).to(request)
    if here.kind is Kind.SHARE:
        return _RELAY_AWAY.to(request)
    if here.kind is Kind.OVERVIEW:
        shown = cards(now)
        if visibility is not None:
            shown = tuple(c for c in shown if visibility.sees(request, c.name))
        return _overview(now, shown, query_of(request.query_params), greet(request)).to(request)
    return _not_found(now, known_host=here.kind is Kind.UNKNOWN_PATH).to(request)


def _overview(now: Snapshot, known: tuple[Card, ...], query: str, greeting: Greeting) -> Answer:
    operator = not guards(now.config)
    shown = matching(known, query)
    searching = searched(query, len(known))
    return Answer(
        "overview.html",
        {
            "heading": now.config.domain or "Gradio Appliance",
            "cards": shown,
            "operator": operator,
            "empty": not now.config.apps,
            "known": len(known),
            "query": query,
            "searched": searching,
            "greeting": greeting,
            "file": now.status.config.file,
            "findings": now.status.config.findings if operator else (),
            "notices": now.status.notices if operator else (),
        },
        program={"apps": [_for_programs(c) for c in shown]},
        refresh=_AGAIN if any(c.state == "starting" for c in shown) and not query else None,
        searches=searching,
    )


def _app(now: Snapshot, app: Card) -> Answer:
    failed = app.state == "failed"
    operator = not guards(now.config)
    if failed and app.problem is not None:
        text = app.problem.summary
    elif failed:
        text = "This app is not available at the moment. Come back in a while."
    else:
        text = "The app is being started. This page opens it as soon as it is ready."
    detail = f"{app.title} is {'not available' if failed else 'starting'}"
    return Answer(
        "app.html",
        {
            "app": app,
            "failed": failed,
            "text": text,
            "home": _home(now),
            "operator": operator,
            "dashboard": _dashboard(now, app),
        },
        program={"detail": detail + (f": {text}" if app.problem else ", try again later")},
        status=503,
        retry_after=_LATER if failed else _SOON,
        embedded_by=now.config.apps[app.name].embed.origins,
    )


def _not_found(now: Snapshot, *, known_host: bool) -> Answer:
    if known_host:
        text = "There is no app at this address. It may have moved or been taken away."
    else:
        text = "Nothing is served under this host name. Check it, or ask whoever gave it to you."
    return Answer(
        "message.html",
        {"code": 404, "title": "Not found", "text": text, "home": _home(now) if known_host else ""},
        program={"detail": text},
        status=404,
    )


def _outside(told: str) -> Answer:
    """For whoever set up the proxy in front, above all: which address it comes from."""
    came = told.rsplit(",", 1)[-1].strip() or "an unknown address"
    text = (
        "Pages are served to the proxy in front of this appliance alone, and this request came "
        f"from {came}. If that is the proxy, name it in tls.trusted_proxies of appliance.yaml."
    )
    return Answer(
        "message.html",
        {"code": 403, "title": "Not this way", "text": text, "home": ""},
        program={"detail": text},
        status=403,
    )


_RELAY_AWAY = Answer(
    "message.html",
    {
        "code": 503,
        "title": "Links are away",
        "text": "Share links do not work at the moment.",
        "home": "",
    },
    program={"detail": "The relay of this appliance is away, try again later."},
    status=503,
    retry_after=_SOON,
    embedded_by=("*",),
)


def _proxy_error(now: Snapshot, status: int, name: str) -> Answer:
    texts = {
        502: ("No answer", "The app has just stopped answering. It may be restarting."),
        504: (
            "Too slow",
            "The app took too long to answer. Try again; if it stays so, tell who looks after it.",
        ),
    }
    if status not in texts or name not in now.config.apps:
        return _not_found(now, known_host=False)
    title, text = texts[status]
    return Answer(
        "message.html",
        {"code": status, "title": title, "text": text, "home": _home(now)},
        program={"detail": text},
        status=status,
        retry_after=_SOON if status == 502 else None,
        embedded_by=now.config.apps[name].embed.origins,
    )


def _dashboard(now: Snapshot, app: Card) -> str:
    """Where it says what went wrong; empty: there is no such place."""
    open_to_somebody = guards(now.config) or not now.config.public
    return _home(now) + app_page(app.name).removeprefix("/") if open_to_somebody else ""


def _home(now: Snapshot) -> str:
    """The overview; apps on hosts of their own have no path to it."""
    return overview(now.config) + "/" if now.config.public else "/"


def _for_programs(app: Card) -> dict[str, object]:
    known = asdict(app)
    del known["colors"], known["thumbnail"]
    known["problem"] = app.problem.summary if app.problem else None
    return {key: value for key, value in known.items() if value}
