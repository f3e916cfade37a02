"""The script that puts an app for people who sign in on another site's page.

It is the same for every app, and says nothing that a stranger does not know.
"""

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from appliance.web.answers import STATIC

COMPONENT = "/-/apps/{name}/gradio.js"


def component() -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()

    @router.get(COMPONENT)
    async def script(request: Request) -> Response:
        # Any page may read it, and with cookies: the browser then asks with them for what follows.
        headers = {
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Origin": request.headers.get("origin", "null"),
            "Cache-Control": "no-cache",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Vary": "Origin",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(_script(), media_type="text/javascript", headers=headers)

    return router


@cache
def _script() -> str:
    """One file: what a module imports from another is asked for without cookies."""
    parts = ("embedded-sign-in.js", "guarded-app.js")
    return "\n".join((STATIC / part).read_text("utf-8") for part in parts)
