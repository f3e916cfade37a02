"""The page about calling an app from code."""

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from appliance.config.access import members_only
from appliance.web.account.places import NEW_TOKEN
from appliance.web.embedding.about import About, Shown, rendered

CODE = "/-/apps/{name}/code"
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
TokenOf = Callable[[Request, str], str]
"""The token that the visitor has just made for an app; empty: none."""


def code_page(about: About, token_of: TokenOf = lambda _request, _name: "") -> APIRouter:
    """Routes to be served before the other pages."""
    router = APIRouter()

    @router.get(CODE)
    def code(request: Request, name: str) -> Response:
        return about.page(request, name, draw)

    def draw(shown: Shown) -> Response:
        name, config = shown.app.name, shown.config
        guarded = members_only(config, name)
        return rendered(
            "code",
            app=shown.app,
            home=shown.home,
            target=shown.target,
            guarded=guarded,
            account=shown.home + NEW_TOKEN.removeprefix("/"),
            wish=urlencode({"label": f"Code for {name}", "app": name, "uses": "predict+upload"}),
            token=token_of(shown.request, name) if guarded else "",
            languages=_LANGUAGES,
        )

    return router
