"""Looking at a page of ours in all the ways a person may, and which page it was."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Template
from playwright.sync_api import Page

from appliance.web.answers import STATIC
from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.keys import by_keys
from tests.running.house import House

TEMPLATES = STATIC.parent / "templates"
WAYS = (
    ("desk", {"width": 1280, "height": 900}, "light"),
    ("phone", {"width": 320, "height": 640}, "dark"),
)
"""Each size and each light once: colours do not depend on the size. A phone is as narrow as a desk
looks to somebody who needs everything four times as large."""
LARGEST = 100_000
"""Bytes of a page."""
_DRAWN: ContextVar[list[str] | None] = ContextVar("drawn", default=None)


@dataclass(frozen=True)
class Seen:
    """A page, and how one comes to it."""

    template: str
    path: str = ""
    come: Callable[[Page, House], None] | None = None
    """What is done there until the page is open that is meant."""
    name: str = ""
    """For its pictures; empty: as its path."""

    @property
    def called(self) -> str:
        return self.name or re.sub(r"\W+", "-", self.path.removeprefix("/-/")).strip("-") or "root"


class Watched:
    """An app whose pages for windows of their own are told by the templates they were made from."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.last: tuple[str, ...] = ()
        """Of the page that was opened last."""
        self.size = 0
        """Its bytes."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        opened = dict(scope.get("headers", ())).get(b"sec-fetch-dest") == b"document"
        drawn: list[str] = []
        _DRAWN.set(drawn)

        async def note_and_send(message: Any) -> None:
            # Before the browser has it.
            if opened and drawn:
                begins = message["type"] == "http.response.start"
                self.last = tuple(drawn)
                self.size = 0 if begins else self.size + len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, note_and_send)


def note_templates(patch: pytest.MonkeyPatch) -> None:
    plain = Template.render

    def render(template: Template, *args: Any, **values: Any) -> str:
        drawn = _DRAWN.get()
        if drawn is not None:
            drawn.append(template.name or "")
        return plain(template, *args, **values)

    patch.setattr(Template, "render", render)


def pages_of_their_own() -> set[str]:
    """Templates that make a whole page."""
    files = (file for file in TEMPLATES.rglob("*.html") if file.name != "base.html")
    return {_name(file) for file in files if file.read_text().startswith("{% extends")}


def _name(file: Path) -> str:
    return file.relative_to(TEMPLATES).as_posix()


def turn(page: Page, viewport: dict[str, int], light: str) -> None:
    """To another size and light, until the page is drawn in them."""
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
    there = "([width, light]) => innerWidth === width && matchMedia(light).matches"
    page.wait_for_function(there, arg=[viewport["width"], f"(prefers-color-scheme: {light})"])


def look(visit: Visit, name: str) -> list[str]:
    """In all ways, with pictures to judge; what is wider than the window or not for everybody."""
    found = []
    for size, viewport, light in WAYS:
        turn(visit.page, viewport, light)
        wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{name}: {wide} pixels too wide on a {size}")
        found += [f"{name}, {size}, {light}: {fault}" for fault in faults(visit.page)]
        found += [f"{name}, {size}: {fault}" for fault in by_keys(visit.page)]
        visit.shoot(f"every-{name}-{size}-{light}")
    visit.page.emulate_media(color_scheme="light")
    return found


def walk(visit: Visit, house: House, watched: Watched, who: str, pages: tuple[Seen, ...]) -> None:
    found = []
    for seen in pages:
        if seen.path:
            visit.page.goto(visit.origin + seen.path)
        if seen.come is not None:
            seen.come(visit.page, house)
        visit.page.wait_for_load_state()
        assert seen.template in watched.last, (seen, visit.page.url, watched.last)
        if watched.size > LARGEST:
            found.append(f"{who}-{seen.called}: {watched.size} bytes")
        found += look(visit, f"{who}-{seen.called}")
    assert not found, "\n".join(found)
