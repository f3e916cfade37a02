"""What other sites get of the app: its web component if they are allowed, no frame if not."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .headers import first
from .identity import SITE

COMPONENT = "/gradio.js"
"""Below the path of a Gradio app. Gradio itself publishes its script under a name that changes
with each version."""
_SCRIPT = re.compile(r'<script type="module" crossorigin src="\./(assets/[\w.-]+\.js)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet"[^>]* href="\./(assets/[\w.-]+\.css)">')


@dataclass(frozen=True)
class Build:
    """The browser's part of the Gradio that is installed here, by paths below an app."""

    script: str
    style: str


def build(page: str) -> Build | None:
    """From Gradio's own `index.html`; None if it is made in a way that is not known."""
    script, style = _SCRIPT.search(page), _STYLE.search(page)
    return Build(script[1], style[1]) if script and style else None


def installed() -> Build | None:
    """That of the Gradio in this environment."""
    import gradio  # noqa: PLC0415 - slow, and only an app's process has it

    page = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
    return build(page.read_text("utf-8")) if page.is_file() else None


def component(found: Build, at: str) -> str:
    """The module that defines `<gradio-app>` on somebody's page; `at` leads from it to the app."""
    text = Path(__file__).with_name("component.js").read_text("utf-8")
    build = json.dumps({"at": at, "script": found.script, "style": found.style})
    return text.replace('{ at: "", script: "", style: "" }', build, 1)


class Embedding:
    """Answers for the web component, and says on every page who may show it in a frame."""

    def __init__(
        self,
        app: ASGIApp,
        origins: Sequence[str],
        home: str,
        paths: Sequence[str],
        found: Build | None,
    ) -> None:
        """`home` and `paths`, those of the Gradio apps in it, have no slash at their ends."""
        self.app = app
        where = dict.fromkeys(paths, "./")
        if paths:
            # Where the script's own app is at home, its first Gradio app is meant.
            where.setdefault(home, f".{paths[0].removeprefix(home)}/")
        self.components = (
            {path + COMPONENT: component(found, at) for path, at in where.items()} if found else {}
        )
        self.origins = frozenset(origin.encode("latin-1") for origin in origins)
        self.policy = _policy(origins)
        # By the only site whose pages a visitor may see the app in.
        self.policies = {origin: _policy([origin]) for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] in self.components and scope["method"] in ("GET", "HEAD"):
            await self._component(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, self._framed(scope, send))

    def _component(self, scope: Scope) -> Response:
        # For every origin: where it may not show the app, it says so in the app's place.
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
        asking = first(scope["headers"], b"origin")
        if asking is not None and asking in self.origins:
            headers["Access-Control-Allow-Origin"] = asking.decode("latin-1")
            headers["Access-Control-Allow-Credentials"] = "true"
        headers["Vary"] = "Origin"
        script = self.components[scope["path"]]
        return Response(script, media_type="text/javascript", headers=headers)

    def _framed(self, scope: Scope, send: Send) -> Send:
        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if _is_page(headers):
                    # A second policy: what the app itself forbids stays forbidden.
                    policy = self.policies.get(scope.get(SITE, ""), self.policy)
                    message = {**message, "headers": [*headers, policy]}
            await send(message)

        return framed


def _policy(origins: Sequence[str]) -> tuple[bytes, bytes]:
    ancestors = " ".join(("frame-ancestors 'self'", *origins))
    return b"content-security-policy", ancestors.encode("latin-1")


def _is_page(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    return any(
        name.lower() == b"content-type" and value[:9].lower() == b"text/html"
        for name, value in headers
    )
