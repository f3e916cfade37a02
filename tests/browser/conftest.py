"""A real Chromium, and visits that notice everything a person would complain about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
)

from tests.running.chromium import launched, shoot, visitor

NOBODYS_FAULT = ("net::ERR_ABORTED", "net::ERR_NETWORK_CHANGED")
"""Streams that end with their page; connections Chromium drops when a container starts somewhere
on the machine. What that breaks on a page, the test of the page notices."""


class Visit:
    """One visitor's tab, confined to one origin."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.origin = ""
        self.complaints: list[str] = []
        self.disturbed = False
        """Whether the machine's network changed under a page, which may be broken by it."""
        self.tolerated: set[int] = set()
        """Statuses that are what the test is about."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def go(self, url: str) -> Page:
        """Open a URL; from now on nothing may be asked of any other origin."""
        self.origin = "/".join(url.split("/")[:3])
        self.page.goto(url)
        return self.page

    def shoot(self, name: str) -> None:
        shoot(self.page, name)

    def _console(self, message: ConsoleMessage) -> None:
        known = [*NOBODYS_FAULT, *(f"status of {status}" for status in self.tolerated)]
        if message.type == "error" and not any(text in message.text for text in known):
            self.complaints.append(f"console: {message.text} {message.location.get('url')}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.complaints.append(f"left the appliance: {request.url}")

    def _failed(self, request: Request) -> None:
        self.disturbed |= request.failure == "net::ERR_NETWORK_CHANGED"
        if request.failure not in NOBODYS_FAULT:
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.tolerated:
            self.complaints.append(f"{response.status}: {response.url}")


# Not for the whole session: Playwright's event loop would stay in the way of asynchronous tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A fresh visitor. Asserts at the end that nothing failed and nothing left the appliance."""
    with visitor(browser, viewport={"width": 1200, "height": 850}) as context:
        visit = Visit(context.new_page())
        yield visit
        assert visit.complaints == []
