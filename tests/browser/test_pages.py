"""The appliance's own pages, as a visitor meets them in Chromium."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.running.appliance import Appliance
from tests.running.examples import NAMES

BROKEN = 'raise RuntimeError("the model file is missing")'
SLOW = """import time
time.sleep(20)
import gradio as gr
with gr.Blocks() as demo:
    gr.Markdown("Here at last")
demo.launch()
"""
Add = Callable[[str, str], str]

pytestmark = pytest.mark.browser


@pytest.fixture
def add(appliance: Appliance) -> Iterator[Add]:
    """Adds an app to the YAML while the appliance runs; answers its URL."""
    before = appliance.file.read_text()

    def add(name: str, script: str) -> str:
        folder = appliance.file.parent / name
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text(script)
        appliance.file.write_text(
            before.replace("\napps:", f"\napps:\n  {name}: {{source: {name}}}", 1)
        )
        deadline = time.monotonic() + 30
        while name not in httpx.get(f"{appliance.origin}/").text:
            assert time.monotonic() < deadline, f"{name} does not appear"
            time.sleep(0.1)
        return appliance.url(name)

    yield add
    appliance.file.write_text(before)


def test_the_overview_leads_to_every_app(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(f"{appliance.origin}/")
    for app in NAMES:
        expect(page.locator(f"a[href$='/{app}'], a[href$='/{app}/']")).to_be_visible()
    visit.shoot(f"{appliance.way}-overview")
    page.get_by_role("link", name="Hello", exact=True).click()
    expect(page.get_by_role("button", name="Submit")).to_be_visible()


def test_an_app_that_starts_says_so_and_gives_way_to_the_app(
    appliance: Appliance, visit: Visit, add: Add
) -> None:
    visit.tolerated = {503}
    page = visit.go(add("slow", SLOW))
    expect(page.get_by_role("progressbar", name="Starting")).to_be_visible()
    visit.shoot(f"{appliance.way}-starting")
    expect(page.get_by_text("Here at last")).to_be_visible(timeout=240_000)


def test_an_app_that_cannot_start_says_why(appliance: Appliance, visit: Visit, add: Add) -> None:
    visit.tolerated = {503}
    url = add("broken", BROKEN)
    page = visit.go(f"{appliance.origin}/")
    expect(page.get_by_text("the model file is missing").first).to_be_visible(timeout=240_000)
    visit.shoot(f"{appliance.way}-overview-with-a-broken-app")
    visit.go(url)
    expect(page.get_by_text("the model file is missing").first).to_be_visible()
    visit.shoot(f"{appliance.way}-failed")


def test_an_unknown_address_leads_back_to_the_apps(appliance: Appliance, visit: Visit) -> None:
    visit.tolerated = {404}
    page = visit.go(appliance.url("nothing"))
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    visit.shoot(f"{appliance.way}-not-found")
    page.get_by_role("link", name="All apps").click()
    expect(page.get_by_role("link", name="Hello", exact=True)).to_be_visible()
