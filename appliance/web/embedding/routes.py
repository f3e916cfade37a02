"""Pages and pictures about one app for people who show it elsewhere or call it from code."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from appliance import __version__
from appliance.auth.visibility import Visibility
from appliance.config.access import members_only
from appliance.config.addresses import overview
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.account.places import NEW_TOKEN
from appliance.web.answers import Answer, templates
from appliance.web.cards import Card, card
from appliance.web.embedding.badge import badge
from appliance.web.embedding.places import Elsewhere, target
from appliance.web.embedding.snippets import (
    HEIGHTS,
    THEMES,
    Target,
    frame_url,
    options,
    snippets,
)

EMBED = "/-/apps/{name}/embed"
CODE = "/-/apps/{name}/code"
BADGE = "/-/apps/{name}/badge.svg"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; frame-src 'self'; "
    "connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MINUTE = "public, max-age=60"
_LANGUAGES = (
    ("python", "Python", "Needs `pip install gradio_client`."),
    ("javascript", "JavaScript", "Needs `npm install @gradio/client`."),
    (
        "curl",
        "curl",
        "The values in their order. The answer is a stream that ends with the result.",
    ),
    ("curl-names", "curl, with names", "The same, with the values by name."),
    ("mcp", "MCP", "For the settings of a client of the Model Context Protocol."),
)
_Draw = Callable[[Config, Card, Target, Request], Response]


def embedding(snapshot: Callable[[], Snapshot], visibility: Visibility | None) -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()

    def page(request: Request, name: str, draw: _Draw) -> Response:
        now = snapshot()
        if name not in now.config.apps:
            return _nothing(request)
        app = card(now, name)
        where = target(now.config, app, request)
        if where is None:
            return _nothing(request)
        if isinstance(where, Elsewhere):
            return RedirectResponse(where.url)
        refused = visibility.refused(request, name) if visibility else None
        return refused or draw(now.config, app, where, request)

    @router.get(EMBED)
    async def embed(request: Request, name: str) -> Response:
        return page(request, name, _embed)

    @router.get(CODE)
    async def code(request: Request, name: str) -> Response:
        return page(request, name, _code)

    @router.get(BADGE)
    async def picture(request: Request, name: str) -> Response:
        """Only of what a visitor may know of: a picture tells that an app exists."""
        now = snapshot()
        if name not in now.config.apps or (visibility and not visibility.sees(request, name)):
            return _nothing(request)
        app = card(now, name)
        if not isinstance(target(now.config, app, request), Target):
            return _nothing(request)
        headers = {"Cache-Control": _MINUTE, "X-Content-Type-Options": "nosniff"}
        return Response(badge(app.title, app.state), media_type="image/svg+xml", headers=headers)

    return router


def _embed(config: Config, app: Card, where: Target, request: Request) -> Response:
    chosen = options(request.query_params)
    return _page(
        "embed",
        app=app,
        target=where,
        chosen=chosen,
        heights=HEIGHTS,
        themes=THEMES,
        frame=frame_url(where, chosen),
        snippets=snippets(where, chosen, public=not members_only(config, app.name)),
        origins=config.apps[app.name].embed.origins,
    )


def _code(config: Config, app: Card, where: Target, _request: Request) -> Response:
    base = overview(config) if config.public else ""
    return _page(
        "code",
        app=app,
        target=where,
        guarded=members_only(config, app.name),
        account=base + NEW_TOKEN,
        languages=_LANGUAGES,
    )


def _page(template: str, **values: object) -> Response:
    page = templates().get_template(f"embedding/{template}.html")
    html = page.render(refresh=None, version=__version__, **values)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, headers=headers)


def _nothing(request: Request) -> Response:
    text = "There is nothing at this address."
    values = {"code": 404, "title": "Not found", "text": text, "home": ""}
    return Answer("message.html", values, program={"detail": text}, status=404).to(request)
