"""Pictures of apps for the overview: files their authors put beside the script."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from appliance.apps.thumbnails import Picture
from appliance.auth.forward.visibility import Visibility
from appliance.control.apphost import AppHostAway
from appliance.control.status import Snapshot
from appliance.web.cards import thumbnail_of
from appliance.web.place import Kind, place

THUMBNAIL = "/-/apps/{name}/thumbnail"
_KEPT = 32
"""Pictures in memory."""
_HEADERS = {
    # The address names the release: what it leads to never changes. It may be for few eyes.
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def thumbnails(
    snapshot: Callable[[], Snapshot],
    fetch: Callable[[str], Awaitable[Picture | None]],
    visibility: Visibility | None,
) -> APIRouter:
    """Routes to be served before the pages; `fetch` asks the app host."""
    router = APIRouter()
    kept: OrderedDict[tuple[str, str], Picture] = OrderedDict()

    @router.get(THUMBNAIL)
    async def thumbnail(request: Request, name: str) -> Response:
        now = snapshot()
        release = thumbnail_of(now, name) if _ours(now, request) else ""
        if not release or (visibility is not None and not visibility.sees(request, name)):
            return Response(status_code=404)
        picture = kept.get((name, release))
        if picture is None:
            try:
                picture = await fetch(name)
            except AppHostAway:
                return Response(status_code=503, headers={"Retry-After": "5"})
            if picture is None:
                return Response(status_code=404)
            kept[name, release] = picture
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        return Response(picture.content, media_type=picture.kind, headers=_HEADERS)

    return router


def _ours(now: Snapshot, request: Request) -> bool:
    host = request.headers.get("host", "")
    return place(now.config, host, "/").kind is not Kind.UNKNOWN_HOST
