"""Pages and pictures about one app for people who show it elsewhere."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from appliance import __version__
from appliance.auth.visibility import Visibility
from appliance.config.access import members_only
from appliance.config.schema import Config
from appliance.control.status import Snapshot
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
BADGE = "/-/apps/{name}/badge.svg"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MINUTE = "public, max-age=60"


def embedding(snapshot: Callable[[], Snapshot], visibility: Visibility | None) -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()

    @router.get(EMBED)
    async def embed(request: Request, name: str) -> Response:
        now = snapshot()
        if name not in now.config.apps:
            return _nothing(request)
        refused = visibility.refused(request, name) if visibility else None
        app = card(now, name)
        where = target(now.config, app, request)
        if where is None:
            return _nothing(request)
        if isinstance(where, Elsewhere):
            return RedirectResponse(where.url)
        return refused or _page(now.config, app, where, request)

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


def _page(config: Config, app: Card, where: Target, request: Request) -> Response:
    chosen = options(request.query_params)
    html = (
        templates()
        .get_template("embedding/embed.html")
        .render(
            refresh=None,
            version=__version__,
            app=app,
            target=where,
            chosen=chosen,
            heights=HEIGHTS,
            themes=THEMES,
            frame=frame_url(where, chosen),
            snippets=snippets(where, chosen, public=not members_only(config, app.name)),
            origins=config.apps[app.name].embed.origins,
        )
    )
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
