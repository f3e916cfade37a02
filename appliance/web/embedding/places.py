"""Where an app is for the visitor who asks, and where its pages are."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request

from appliance.config.addresses import address, scheme
from appliance.config.schema import Config
from appliance.web.cards import Card
from appliance.web.embedding.snippets import Target
from appliance.web.place import Kind, place


@dataclass(frozen=True)
class Elsewhere:
    """The app lives on another host, and so does this page of it."""

    url: str


def target(config: Config, app: Card, request: Request) -> Target | Elsewhere | None:
    """None if the request came by a name that is not ours.

    A page about an app is on the app's own host: what it shows has its origin, and a session is
    good there.
    """
    asked = request.headers.get("host", "")
    if place(config, asked, request.url.path).kind is Kind.UNKNOWN_HOST:
        return None
    where = address(config, app.name)
    # In local mode people come by different names and forwarded ports, all of them right.
    root = where.root or f"{scheme(config)}://{asked.lower()}{where.path}"
    parts = urlsplit(root)
    origin = f"{parts.scheme}://{parts.netloc}"
    if where.root and parts.netloc != asked.lower():
        query = f"?{request.url.query}" if request.url.query else ""
        return Elsewhere(f"{origin}{request.url.path}{query}")
    return Target(app.name, app.title, root.rstrip("/") + "/", origin)
