"""Signing in and the account's pages, as a person meets them in Chromium."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from appliance.auth.tables import passkeys
from tests.browser.conftest import Visit
from tests.browser.passkeys import device
from tests.running.chromium import visitor
from tests.running.house import PASSWORD, House
from tests.running.openid import SECRET, new_key, provider
from tests.running.process import free_port
from tests.running.upstream import serving
from tests.running.waiting import follow, sign_in

pytestmark = pytest.mark.browser
APPS = {"hello": {"source": "hello"}, "captions": {"source": "captions"}}


class Door:
    """A house that answers, and the origin it has."""

    def __init__(self, house: House, origin: str) -> None:
        self.house = house
        self.origin = origin

    def url(self, path: str) -> str:
        return self.origin + path


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    port = free_port()
    house = House(tmp_path, time.time, apps=APPS)
    with serving(house.app, f"http://127.0.0.1:{port}"):
        yield Door(house, f"http://localhost:{port}")
    house.door.engine.dispose()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that may go elsewhere."""
    with visitor(browser) as context:
        yield context.new_page()


def authenticator(page: Page, *, verifies: bool = True) -> Any:
    """A passkey device of Chromium's own."""
    return device(page, verifies=verifies)[0]


def add_passkey(page: Page, door: Door) -> None:
    page.goto(door.url("/-/account/passkeys/new"))
    page.get_by_label("What to call it").fill("Laptop")
    page.get_by_role("button", name="Make a passkey").click()


def test_the_first_administrator_comes_by_the_link(door: Door, visit: Visit) -> None:
    page = visit.go(door.url(f"/-/link/{door.house.door.links.setup()}"))
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("ada")
    for text in ("Ada Lovelace", PASSWORD, PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(door.url("/"))
    visit.go(door.url("/-/account"))
    expect(page.get_by_text("looks after this appliance")).to_be_visible()


def test_a_wrong_password_is_told_where_one_looks(door: Door, visit: Visit) -> None:
    visit.tolerated = {422}
    door.house.person()
    page = visit.go(door.url("/-/sign-in?to=/-/account"))
    sign_in(page, "ada", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("ada")
    sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey_needs_no_password(door: Door, visit: Visit) -> None:
    door.house.person()
    page = visit.go(door.url("/-/sign-in?to=/-/account"))
    ours = authenticator(page)
    sign_in(page, "ada", PASSWORD)
    add_passkey(page, door)
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Your passkey is set up")).to_be_visible()
    visit.go(door.url("/-/sign-out"))
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(door.url("/"))
    [session] = door.house.door.sessions.of(door.house.door.people.named("ada").id)
    assert session.methods == ("passkey",)
    ours.detach()


def test_a_passkey_is_the_second_step_and_a_copy_of_it_is_not(door: Door, visit: Visit) -> None:
    visit.tolerated = {422}
    ada = door.house.person()
    page = visit.go(door.url("/-/sign-in?to=/-/account"))
    ours = authenticator(page, verifies=False)
    sign_in(page, "ada", PASSWORD)
    add_passkey(page, door)
    follow(page.get_by_role("link", name="I have kept them"))
    visit.go(door.url("/-/sign-in?again=1&to=/-/account"))
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert door.house.door.sessions.of(ada.id)[0].methods == ("password", "passkey")
    # Whoever copied the key counts on from where he copied it.
    _set_count(door.house, 1_000)
    visit.go(door.url("/-/sign-in?again=1&to=/-/account"))
    sign_in(page, "ada", PASSWORD)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be checked")
    assert "passkey.refused" in door.house.events()
    ours.detach()


def _set_count(house: House, count: int) -> None:
    with house.door.engine.begin() as connection:
        connection.execute(update(passkeys).values(sign_count=count))


def test_a_device_that_asks_nobody_does_not_replace_the_password(door: Door, visit: Visit) -> None:
    door.house.person()
    page = visit.go(door.url("/-/sign-in?to=/-/account"))
    ours = authenticator(page, verifies=False)
    sign_in(page, "ada", PASSWORD)
    add_passkey(page, door)
    follow(page.get_by_role("link", name="I have kept them"))
    visit.go(door.url("/-/sign-in?again=1"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Try again").or_(page.get_by_role("alert"))).to_be_visible()
    ours.detach()


def test_a_form_leads_to_an_app_on_another_host(door: Door, page: Page) -> None:
    port = int(door.origin.rpartition(":")[2])
    public = {"domain": "demos.localhost", "tls": {"mode": "off"}, "ports": {"http": port}}
    door.house.yaml(apps=APPS, **public)
    door.house.person()
    app = f"http://hello.demos.localhost:{port}/"
    page.goto(f"http://demos.localhost:{port}/-/sign-in?to={app}")
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(app)


def test_an_account_elsewhere_signs_in_and_is_connected(
    door: Door, page: Page, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    back = door.url("/-/sign-in/from/sso")
    with provider(tmp_path, free_port(), new_key("one"), back) as issuer:
        sso = {
            "type": "oidc",
            "issuer": issuer,
            "title": "Lab SSO",
            "client_id": "appliance",
            "client_secret": {"file": "secret"},
        }
        door.house.yaml(auth={"providers": {"sso": sso}})
        door.house.person()
        page.goto(door.url("/-/sign-in?to=/-/account"))
        sign_in(page, "ada", PASSWORD)
        page.get_by_role("button", name="Connect Lab SSO").click()
        page.get_by_placeholder("Enter any login").fill("bob")
        page.get_by_placeholder("and password").fill("x")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("The accounts are connected")).to_be_visible()
        page.get_by_role("button", name=re.compile(r"^Sign out .*, here$")).click()
        page.get_by_role("link", name="Sign in").click()
        page.get_by_role("link", name="Continue with Lab SSO").click()
        page.wait_for_url(door.url("/"))
    ada = door.house.door.people.named("ada")
    assert door.house.door.sessions.of(ada.id)[0].methods == ("provider:sso",)
