"""One answer, two languages: a page for browsers, JSON for programs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from appliance import __version__
from appliance.commands import COMMAND

STATIC = Path(__file__).parent / "static"
_SCRIPTS = "script-src 'self'; connect-src 'self'; "
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; {scripts}"
    "base-uri 'none'; form-action {forms}; frame-ancestors {ancestors}"
)


@dataclass(frozen=True)
class Answer:
    """What to say, before it is known to whom."""

    template: str
    values: Mapping[str, object]
    """For the template."""
    program: Mapping[str, object]
    """The JSON."""
    status: int = 200
    retry_after: int | None = None
    """Seconds after which a program should come again, and a browser will by itself."""
    refresh: int | None = None
    """The same for browsers alone."""
    searches: bool = False
    """Whether the page has a form, which leads to pages of the same host."""
    scripted: bool = False
    """Whether the page runs a script of ours, which may ask this host."""
    embedded_by: tuple[str, ...] = ()
    """Origins whose pages may show this one in a frame."""

    def to(self, request: Request) -> Response:
        """The answer in the language the request asks for."""
        html = "text/html" in request.headers.get("accept", "")
        return self.for_browsers() if html else self.for_programs()

    def for_programs(self) -> Response:
        return JSONResponse(dict(self.program), self.status, self._headers())

    def for_browsers(self) -> Response:
        page = templates().get_template(self.template)
        refresh = self.refresh or self.retry_after
        html = page.render(refresh=refresh, version=__version__, **self.values)
        return HTMLResponse(html, self.status, self._headers())

    def _headers(self) -> dict[str, str]:
        ancestors = " ".join(("'self'", *self.embedded_by))
        refreshes = self.refresh or self.retry_after
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY.format(
                ancestors=ancestors,
                forms="'self'" if self.searches else "'none'",
                scripts=_SCRIPTS if self.scripted or refreshes else "",
            ),
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
        }
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers


@cache
def templates() -> Environment:
    """Those of all our pages, made once."""
    environment = Environment(
        loader=PackageLoader("appliance.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["command"] = COMMAND
    environment.filters["code"] = _code
    environment.filters["count"] = "{:,}".format
    return environment


def _code(text: str) -> Markup:
    """Words between backticks, as problems and remedies write commands, become code."""
    escaped = str(escape(text))
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escaped))  # noqa: S704
