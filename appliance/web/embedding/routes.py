"""Pages and pictures about one app for people who show it elsewhere."""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import URL

from appliance.auth.forward.visibility import Visibility
from appliance.config.access import members_only
from appliance.config.addresses import address, scheme
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.cards import card
from appliance.web.embedding.about import About, Shown, nothing, rendered
from appliance.web.embedding.badge import badge
from appliance.web.embedding.code import code_page
from appliance.web.embedding.component import COMPONENT, component
from appliance.web.embedding.places import target
from appliance.web.embedding.snippets import (
    HEIGHTS,
    THEMES,
    Target,
    badge_url,
    frame_url,
    options,
    snippets,
)

EMBED = "/-/apps/{name}/embed"
BADGE = "/-/apps/{name}/badge.svg"
ADDRESS = "/-/apps/{name}/address"
_MINUTE = "public, max-age=60"


def embedding(snapshot: Callable[[], Snapshot], visibility: Visibility | None) -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()
    about = About(snapshot, visibility)
    router.include_router(component())
    router.include_router(code_page(about))

    @router.get(EMBED)
    async def embed(request: Request, name: str) -> Response:
        return about.page(request, name, partial(_page, visibility))

    @router.get(BADGE)
    async def picture(request: Request, name: str, key: str = "") -> Response:
        """Only of what a visitor may know of: a picture tells that an app exists."""
        seen = visibility is None or visibility.sees_picture(request, name, key[:64])
        return _picture(snapshot(), request, name) if seen else nothing(request)

    @router.get(ADDRESS)
    async def whereabouts(request: Request, name: str) -> Response:
        """Where the app of a short name is, for pages that may embed it and for no others."""
        return _whereabouts(snapshot().config, request, name)

    return router


def _page(visibility: Visibility | None, shown: Shown) -> Response:
    name, config, where = shown.app.name, shown.config, shown.target
    chosen, public = options(shown.request.query_params), not members_only(config, name)
    key = visibility.picture_key(name) if visibility and not public else ""
    return rendered(
        "embed",
        app=shown.app,
        home=shown.home,
        target=where,
        chosen=chosen,
        heights=HEIGHTS,
        themes=THEMES,
        frame=frame_url(where, chosen),
        snippets=snippets(where, chosen, public=public, badge_key=key),
        badge=badge_url(where, key),
        public=public,
        origins=config.apps[name].embed.origins,
    )


def _picture(now: Snapshot, request: Request, name: str) -> Response:
    if name not in now.config.apps:
        return nothing(request)
    app = card(now, name)
    if not isinstance(target(now.config, app, request), Target):
        return nothing(request)
    headers = {"Cache-Control": _MINUTE, "X-Content-Type-Options": "nosniff"}
    return Response(badge(app.title, app.state), media_type="image/svg+xml", headers=headers)


def _whereabouts(config: Config, request: Request, name: str) -> Response:
    origin = request.headers.get("origin", "")
    if name not in config.apps or origin not in config.apps[name].embed.origins:
        return nothing(request)
    headers = {
        "Access-Control-Allow-Origin": origin,
        # It is the same for everybody; a script that carries cookies carries them here too.
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
    # In local mode people come by different names and forwarded ports.
    host = request.headers.get("host", "").lower()
    where = address(config, name)
    url = where.root or f"{scheme(config)}://{host}{where.path}"
    told = {"url": url.rstrip("/") + "/"}
    if members_only(config, name):
        told["script"] = str(URL(url).replace(path=COMPONENT.format(name=name)))
    return JSONResponse(told, headers=headers)
