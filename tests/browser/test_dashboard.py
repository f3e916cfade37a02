"""The dashboard as an administrator, somebody else and a stranger meet it in Chromium."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from appliance.apps.model import Outcome
from appliance.web.dashboard import streaming
from tests.browser.conftest import Visit
from tests.running import machine, statuses
from tests.running.appliance import Appliance
from tests.running.chromium import visitor
from tests.running.house import PASSWORD, House
from tests.running.process import free_port
from tests.running.upstream import serving
from tests.running.visited import report
from tests.running.waiting import follow, remember_words, sign_in, wait_for_words

pytestmark = pytest.mark.browser
APPS = {name: {"source": name} for name in ("hello", "chat", "broken")}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, time.time, apps=APPS, share={})
    hello = statuses.live("hello", "http://h:1", emoji="👋", title="Hello")
    former = statuses.release(2).model_copy(update={"outcome": Outcome.RETIRED})
    house.apps = (
        hello.model_copy(update={"releases": (*hello.releases, former)}),
        statuses.starting("chat", "Installing 12 packages"),
        statuses.failed("broken", detail="KeyError: 'x'", remedy="Run `pip list`."),
    )
    now = time.time()
    house.noted.shared = (
        machine.share(since=now - 500, expires=now + 9_000),
        machine.share("5100b865716f287610", since=now - 50, owner="token", state="away"),
    )
    house.person("ada", admin=True, full_name="Ada Lovelace", groups=["lab"])
    house.person("bob")
    yield house
    house.door.engine.dispose()


@pytest.fixture
def origin(house: House) -> Iterator[str]:
    port = free_port()
    with serving(house.app, f"http://127.0.0.1:{port}"):
        yield f"http://localhost:{port}"


def test_an_administrator_sees_and_steers_everything(
    house: House, origin: str, visit: Visit
) -> None:
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("heading", name="Apps")).to_be_visible()
    page.get_by_role("link", name="hello", exact=True).click()
    expect(page.get_by_text("Running on local URL").first).to_be_visible()
    page.get_by_role("button", name="Roll back to r2").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("former release")
    assert ("rollback", "hello", "r2") in house.noted.asked
    page.goto(f"{origin}/-/dashboard/apps/chat")
    expect(page.get_by_role("progressbar")).to_have_css("height", "4px")
    page.get_by_role("link", name="Shares").click()
    expect(page.get_by_text(re.compile(r"in 2 h \d+ min"))).to_be_visible()
    page.get_by_role("button", name="End chat", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("has ended")
    for title in ("Share from a laptop", "Certificates", "People", "Audit"):
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("cell", name="share.kicked")).to_be_visible()


def test_visits_are_plotted(house: House, origin: str, visit: Visit) -> None:
    now, storage = house.visits.hour, house.visits.storage
    for back in range(24 * 20):
        told = report("hello", now - back, 20 + back * 37 % 160, visitors=5 + back // 24)
        storage.write("app", [told])
    with ThreadPoolExecutor(1) as beside:  # Playwright has a loop of its own in this one
        beside.submit(lambda: asyncio.run(house.visits.collect())).result()
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("link", name="Visits to hello").click()
    expect(page.get_by_role("heading", name="Visits to hello")).to_be_visible()
    expect(page.get_by_role("img", name="Visitors by day")).to_be_visible()
    page.get_by_role("link", name="24 hours").click()
    expect(page.get_by_role("img", name="Requests by hour")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    assert downloading.value.suggested_filename == "visits-hello.csv"


def test_an_open_page_shows_what_changes(
    house: House, origin: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_AGAIN", 0.2)
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_text("1 of 3", exact=True)).to_be_visible()
    house.apps = (statuses.live("hello", "http://h:1"), statuses.live("chat", "http://h:2"))
    expect(page.get_by_text("2 of 3", exact=True)).to_be_visible()
    # A sentence is enough for whoever hears the page.
    expect(page.locator("#said")).to_have_text("2 of 3 apps serve")
    visit.tolerated = {403}
    house.door.sessions.end_all(house.door.people.named("ada").id)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_what_somebody_uses_is_not_taken_away_and_changes_once_he_is_done(
    house: House, origin: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_AGAIN", 0.2)
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    used = page.get_by_role("link", name="hello", exact=True)
    used.focus()
    house.apps = (statuses.live("hello", "http://h:1"), statuses.live("chat", "http://h:2"))
    expect(page.locator("#said")).to_have_text("2 of 3 apps serve")
    expect(used).to_be_focused()
    expect(page.get_by_text("1 of 3", exact=True)).to_be_visible()
    # Nothing changes any more that would bring it.
    used.blur()
    expect(page.get_by_text("2 of 3", exact=True)).to_be_visible()


def test_times_that_run_down_are_not_said_again_and_again(
    house: House, origin: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_AGAIN", 0.2)
    # In the last hour the seconds are shown.
    soon = machine.share(expires=time.time() + 900)
    house.noted.shared = (soon, *house.noted.shared[1:])
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    page.goto(f"{origin}/-/dashboard/shares")
    left = page.locator("time[data-until]")
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    expect(page.locator("[aria-live] time, [role=status] time")).to_have_count(0)
    expect(page.locator("#said")).to_be_empty()
    house.noted.shared = house.noted.shared[:1]
    expect(page.locator("#said")).to_have_text("1 share")


def test_the_first_key_leads_past_the_navigation(origin: str, visit: Visit) -> None:
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    page.goto(f"{origin}/-/dashboard/people")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    expect(skip).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Accounts")).to_be_focused()


def test_what_was_done_is_where_one_goes_on(origin: str, visit: Visit) -> None:
    page = visit.go(f"{origin}/-/dashboard/apps/hello")
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Restart").press("Enter")
    expect(page.get_by_text("The instances are being replaced")).to_be_focused()


def test_colours_of_the_system_leave_visible_which_page_is_open(origin: str, visit: Visit) -> None:
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "ada", PASSWORD)
    page.emulate_media(forced_colors="active")
    page.wait_for_function("matchMedia('(forced-colors: active)').matches")
    colours = page.evaluate("""() => {
      const style = (found, part) => getComputedStyle(document.querySelector(found), part);
      return {
        ground: style("body").backgroundColor,
        here: style(".tabs [aria-current]").borderBottomColor,
        elsewhere: style(".tabs a:not([aria-current])").borderBottomColor,
        table: style("table").backgroundColor,
        dot: style(".state", "::before").backgroundColor,
      };
    }""")
    assert colours["elsewhere"] == colours["ground"]
    assert colours["here"] != colours["ground"]
    assert colours["dot"] != colours["table"]


def test_a_button_that_copied_keeps_its_words(origin: str, visit: Visit) -> None:
    page = visit.go(f"{origin}/-/dashboard/sharing")
    sign_in(page, "ada", PASSWORD)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy").first
    words = button.inner_html()
    assert "unseen" in words
    remember_words(page)
    button.click()
    # On the button, and for whoever hears the page.
    wait_for_words(page, "Copied", times=2)
    assert "7000" in page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_text("Copied")).to_have_count(0)
    assert button.inner_html() == words


def test_somebody_else_sees_what_is_his(origin: str, visit: Visit) -> None:
    page = visit.go(f"{origin}/-/dashboard")
    sign_in(page, "bob", PASSWORD)
    expect(page.get_by_role("link", name="Hello")).to_be_visible()
    expect(page.get_by_text("KeyError")).to_have_count(0)
    visit.tolerated = {403}
    page.goto(f"{origin}/-/dashboard/audit")
    expect(page.get_by_role("heading", name="For administrators")).to_be_visible()


def test_the_overview_leads_a_stranger_to_sign_in(house: House, origin: str, visit: Visit) -> None:
    names = (
        "painter",
        "captions",
        "voices",
        "maps",
        "plots",
        "tables",
        "games",
        "letters",
        "maths",
    )
    house.yaml(apps={name: {"source": name} for name in names})
    colors = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
    house.apps = tuple(
        statuses.live(name, "http://h:1", color_from=colors[n % 8], color_to=colors[(n + 3) % 8])
        for n, name in enumerate(names)
    )
    page = visit.go(f"{origin}/")
    page.get_by_role("searchbox").fill("cap")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("1 of 9 apps match")
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("link", name="Dashboard")).to_be_visible()


def test_without_scripts_all_pages_work(house: House, origin: str, visit: Visit) -> None:
    browser = visit.page.context.browser
    assert browser is not None
    with visitor(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{origin}/-/dashboard")
        sign_in(page, "ada", PASSWORD)
        page.get_by_role("link", name="hello", exact=True).click()
        page.get_by_role("button", name="Restart").click()
        expect(page.get_by_role("status")).to_contain_text("being replaced")
        assert ("restart", "hello", None) in house.noted.asked
        page.get_by_role("link", name="as plain text").click()
        expect(page.get_by_text("Running on local URL")).to_be_visible()


def test_a_real_app_is_restarted_and_its_log_is_read(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(f"{appliance.origin}/")
    page.get_by_role("link", name="Dashboard").click()
    page.get_by_role("link", name="hello", exact=True).click()
    expect(page.get_by_label("What the app writes")).to_contain_text("Serving hello")
    page.get_by_text("How the environment of the newest release was made").click()
    expect(page.get_by_label("What was installed")).not_to_be_empty()
    before = page.locator("section[aria-labelledby=instances] li .quiet").inner_text()
    follow(page.get_by_role("button", name="Restart"))
    expect(page.get_by_role("status")).to_contain_text("being replaced")
    expect(page.get_by_text(before)).to_have_count(0, timeout=240_000)
    expect(page.locator("section[aria-labelledby=instances] li")).to_contain_text("ready")
    visit.shoot(f"{appliance.way}-dashboard-app")
    page.get_by_role("link", name="Files and caches").click()
    page.get_by_role("button", name="Empty… Uploads and results").click()
    page.get_by_role("button", name="Empty it").click()
    expect(page.get_by_role("status")).to_contain_text("are gone")
    expect(page.get_by_role("heading", name="used")).to_be_visible()
    visit.shoot(f"{appliance.way}-dashboard-files")
    page.get_by_role("link", name="Health").click()
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text(re.compile(r"looked \d+ s ago"))).to_be_visible()
    page.get_by_role("link", name="Shares", exact=True).click()
    expect(page.get_by_role("heading", name="Shares")).to_be_visible()
