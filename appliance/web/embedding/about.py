"""What the pages about one app have in common: where they are, who sees them, how they are sent."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from appliance import __version__
from appliance.auth.forward.visibility import Visibility
from appliance.config.addresses import overview
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.answers import Answer, templates
from appliance.web.cards import Card, card
from appliance.web.embedding.places import Elsewhere, target
from appliance.web.embedding.snippets import Target

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; frame-src 'self'; "
    "connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Shown:
    """One request for a page about an app, by somebody who may see it."""

    request: Request
    config: Config
    app: Card
    target: Target

    @property
    def home(self) -> str:
        """The list of all apps, to which apps on hosts of their own have no path."""
        return (overview(self.config) if self.config.public else "") + "/"


@dataclass(frozen=True)
class About:
    """Such pages; `visibility` says who may see which, None: everybody all."""

    snapshot: Callable[[], Snapshot]
    visibility: Visibility | None

    def page(self, request: Request, name: str, draw: Callable[[Shown], Response]) -> Response:
        now = self.snapshot()
        if name not in now.config.apps:
            return nothing(request)
        app = card(now, name)
        where = target(now.config, app, request)
        if where is None:
            return nothing(request)
        if isinstance(where, Elsewhere):
            return RedirectResponse(where.url)
        refused = self.visibility.refused(request, name) if self.visibility else None
        return refused or draw(Shown(request, now.config, app, where))


def rendered(template: str, **values: object) -> Response:
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


def nothing(request: Request) -> Response:
    text = "There is nothing at this address."
    values = {"code": 404, "title": "Not found", "text": text, "home": ""}
    return Answer("message.html", values, program={"detail": text}, status=404).to(request)
