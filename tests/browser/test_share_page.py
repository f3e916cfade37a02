"""A share's page in a browser that reaches nothing but the share, and the gateway's own pages."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from playwright.sync_api import Browser, Page, Route, expect

from appliance.relay.gateway import bundles
from appliance.relay.lock import locked
from appliance.relay.wire.yamux.limits import Allowance
from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.running import http
from tests.running.chromium import PATIENCE, visitor
from tests.running.gateway import Shared, sharing
from tests.running.process import answers, child, free_port, wait_until

pytestmark = pytest.mark.browser
NODE = Path(__file__).parents[1] / "clients" / "node"
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder, port = tmp_path_factory.mktemp("shared"), free_port()
    script = Path(__file__).with_name("sharing.py")
    offline = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    log = folder / "log"
    with child(
        [sys.executable, str(script), str(port)], folder=folder, log=log, environment=offline
    ) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(address), process, log, 240)
        wait_until(lambda: "amazonaws.com" in http.get(address).text, process, log, 60)
        with sharing(port) as running:
            yield running


def node_program() -> Path:
    """Calls an app with Gradio's JavaScript client."""
    if not (NODE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
    return NODE / "calls.mjs"


def shown(visit: Visit, heading: str) -> None:
    """Wait for a heading; load the page again if Chromium has lost a part of it by itself."""
    page = visit.page
    for _ in range(PATIENCE // 100):
        if page.get_by_role("heading", name=heading).is_visible():
            return
        if visit.disturbed:
            visit.disturbed = False
            visit.complaints.clear()
            page.reload()
        page.wait_for_timeout(100)
    raise AssertionError(f"no heading {heading!r}")


def is_greeted(visit: Visit, shared: Shared) -> Page:
    """The page, once it has been used."""
    page = visit.go(shared.url)
    shown(visit, "Shared greeting")
    page.get_by_label("name").fill("Ada")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("output")).to_have_value("Hello Ada!")
    return page


def test_a_share_page_needs_nothing_from_elsewhere(visit: Visit, shared: Shared) -> None:
    is_greeted(visit, shared)
    visit.shoot("share-page")
    assert shared.stats.rewritten > 0
    assert shared.stats.aborted == 0


def test_a_page_of_an_unknown_version_says_what_it_misses(
    browser: Browser, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "rewritten", lambda _page: None)
    with visitor(browser) as context:
        page = context.new_page()
        page.route("https://**", lambda route: route.abort())
        page.goto(shared.url)
        expect(page.get_by_text("which cannot be reached from here")).to_be_visible()


def test_a_page_that_asks_too_often_is_told_when_to_try_again(visit: Visit, shared: Shared) -> None:
    # Parts of the page come when they are needed; those of an answer are there then.
    page = is_greeted(visit, shared)
    visit.tolerated.add(429)
    shared.share.allowance = Allowance(0.0, 0, 0.0)
    try:
        page.get_by_role("button", name="Submit").click()
        told = (
            "This app, or all that its owner shares, is asked more often than it may be. "
            "Try again in 2 s."
        )
        expect(page.get_by_text(told)).to_be_visible()
    finally:
        shared.share.allowance = None


@pytest.fixture
def guarded(shared: Shared) -> Iterator[Shared]:
    shared.share.lock = locked(b"of the relay", shared.share.name, "open sesame")
    yield shared
    shared.share.lock = None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_password_of_a_link_is_typed_once(
    browser: Browser, guarded: Shared, scheme: Scheme
) -> None:
    viewport = {"width": 390, "height": 700}
    with visitor(browser, viewport=viewport, color_scheme=scheme) as context:
        visit = Visit(context.new_page())
        visit.tolerated.add(401)
        page = visit.go(guarded.url + "/?a=1")
        field = page.get_by_label("Password")
        expect(field).to_be_focused()
        visit.shoot(f"share-password-{scheme}")
        field.fill("a wrong one")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(re.compile("not the password"))
        field.fill("open sesame")
        page.get_by_role("button", name="Open the app").click()
        shown(visit, "Shared greeting")
        assert page.url == guarded.url + "/?a=1"
        page.get_by_label("name").fill("Ada")
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_label("output")).to_have_value("Hello Ada!")
        assert visit.complaints == []


@pytest.mark.parametrize(
    "shows",
    [
        {"auth": ("any", "open sesame")},
        {"token": "open sesame"},
        {"headers": {"Authorization": "Bearer open sesame"}},
        {"headers": {"X-Link-Password": "open sesame"}},
    ],
    ids=["auth", "token", "headers", "own header"],
)
def test_gradios_client_shows_the_password(guarded: Shared, shows: dict[str, Any]) -> None:
    client = Client(guarded.url, verbose=False, analytics_enabled=False, **shows)
    assert client.predict("Ada", fn_index=0) == "Hello Ada!"
    client.close()


@pytest.mark.parametrize(
    "options",
    [{"auth": ["any", "open sesame"]}, {"headers": {"X-Link-Password": "open sesame"}}],
    ids=["auth", "own header"],
)
def test_gradios_javascript_client_shows_it_too(guarded: Shared, options: dict[str, Any]) -> None:
    calls = [{"endpoint": 0, "data": ["Ada"]}]
    asked = json.dumps({"url": guarded.url, "options": options, "calls": calls})
    done = subprocess.run(
        ["node", node_program()], input=asked, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answers"] == [[["Hello Ada!"]]]


@pytest.mark.parametrize("shows", [{}, {"auth": ("any", "a wrong one")}], ids=["none", "wrong"])
def test_gradios_client_is_told_what_is_missing(guarded: Shared, shows: dict[str, Any]) -> None:
    with pytest.raises(AuthenticationError):
        Client(guarded.url, verbose=False, analytics_enabled=False, **shows)


def test_a_page_says_that_its_link_is_about_to_end(visit: Visit, shared: Shared) -> None:
    now = time.time()
    shared.share.since, shared.share.expires = now - 86_400, now + 600
    try:
        page = visit.go(shared.url)
        shown(visit, "Shared greeting")
        note = page.get_by_text("This link ends at")
        expect(note).to_be_visible()
        expect(note).to_have_css("position", "fixed")
        visit.shoot("share-page-ending")
    finally:
        shared.share.expires = None


def test_gradio_knows_its_public_address(shared: Shared) -> None:
    answer = http.get(
        shared.url + "/config",
        headers={
            "Host": "demo.example.org",
            "X-Forwarded-Host": "demo.example.org",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Prefix": "/evil",
            "X-Gradio-Server": "http://evil.example.org",
        },
    )
    assert answer.json()["root"] == "https://demo.example.org"


def test_a_page_comes_back_by_itself(visit: Visit, shared: Shared) -> None:
    visit.tolerated.add(503)
    upstream, shared.share.upstream = shared.share.upstream, None
    try:
        visit.go(shared.url)
        shown(visit, "The app is away")
    finally:
        shared.share.upstream = upstream
    shown(visit, "Shared greeting")


def test_an_open_page_goes_on_once_its_link_is_back(visit: Visit, shared: Shared) -> None:
    visit.tolerated.add(503)
    page = visit.go(shared.url)
    shown(visit, "Shared greeting")
    # Gradio fetches each component's script when it first shows one: all of them are there now.
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    page.wait_for_load_state("networkidle")
    upstream, shared.share.upstream = shared.share.upstream, None
    try:
        page.get_by_label("name").fill("Ada")
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_text("Error", exact=True).first).to_be_visible()
        visit.shoot("share-page-asleep")
    finally:
        shared.share.upstream = upstream
    page.get_by_label("name").fill("Bob")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("output")).to_have_value("Hello Bob!")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width"), [("phone", 390), ("desktop", 1200)])
def test_own_pages_fit(
    browser: Browser, shared: Shared, scheme: Scheme, device: str, width: int
) -> None:
    viewport = {"width": width, "height": 700}
    with visitor(browser, viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        visit = Visit(page)
        visit.tolerated |= {401, 404, 410, 429, 502, 503, 504}
        page.route("**/", stays)
        for name, heading in OWN_PAGES.items():
            visit.go(f"http://{name}.localhost:{shared.port}/")
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
            expect(page.get_by_text(f"{name}.localhost")).to_be_visible()
            fits(visit, f"share-{name}-{device}-{scheme}")
        guess(page)
        fits(visit, f"share-guessed-{device}-{scheme}")
        assert visit.complaints == []


OWN_PAGES = {
    "nobody": "No app here",
    "expired": "This link has expired",
    "ended": "This link was closed",
    "away": "The app is away",
    "refused": "The app does not answer",
    "slow": "The app is too slow",
    "busy": "Too many requests",
    "locked": "A password is needed",
}


def stays(route: Route) -> None:
    """The page as it is, but that it does not load itself again while it is looked at."""
    asked, place = route.request, urlsplit(route.request.url)
    told = {**asked.headers, "Host": place.netloc}
    answer = http.request(
        asked.method,
        f"http://127.0.0.1:{place.port}/",
        headers=told,
        content=asked.post_data_buffer,
    )
    body = answer.text.replace('http-equiv="refresh"', 'name="refresh"')
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    route.fulfill(status=answer.status_code, headers=kept, body=body)


def fits(visit: Visit, name: str) -> None:
    page = visit.page
    # The policy lets the style in.
    expect(page.locator("main")).to_have_css("display", "grid")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.shoot(name)
    assert faults(page) == []


def guess(page: Page) -> None:
    """Wrong passwords on the page that asks for one, until no more are looked at."""
    barred = page.get_by_role("heading", name="Too many wrong passwords")
    told = page.get_by_role("alert")
    for _ in range(6):
        field = page.get_by_label("Password")
        field.fill("a wrong one")
        with page.expect_navigation():
            field.press("Enter")
        expect(barred.or_(told)).to_be_visible()
        if barred.is_visible():
            return
    raise AssertionError("there is no end to guessing")
