"""Every page, full of everything, as administrator, somebody else and stranger see it.

At the size of a phone and of a desk, in both lights: nothing is wider than the window, nothing is
asked of another machine (`visit` looks), and axe-core finds nothing grave.
"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from appliance.web.dashboard import places
from tests.browser.axe import faults
from tests.browser.conftest import Visit
from tests.browser.populated import populated
from tests.running import machine
from tests.running.house import PASSWORD, House
from tests.running.process import free_port
from tests.running.upstream import serving

pytestmark = pytest.mark.browser
NO_APP = {503}
"""What pages about an app get that ask it: there is none behind this house."""
LOOKED_AT = (("desk", "light"), ("phone", "dark"))
"""With axe-core: each size and each light once."""
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
ACCOUNT = ("/-/account", "/-/account/tokens/new", "/-/account/password", "/-/sign-out")
OF_APPS = ("/", "/?q=nothing-is-called-so", "/-/apps/hello/code", "/-/apps/hello/embed")
FOR_ADMINISTRATORS = (
    places.DASHBOARD,
    places.app_page("hello"),
    places.app_page("broken"),
    places.app_page("slow"),
    places.files_page("hello"),
    places.SHARES,
    f"{places.SHARES}?past=yes",
    f"{places.SHARES}?q=nothing-is-called-so",
    places.SHARING,
    places.KEYS,
    places.PEOPLE,
    places.person_page("bob"),
    places.person_page("ada"),
    places.INVITATIONS,
    f"{places.INVITATIONS}/new",
    places.TOKENS,
    places.CERTIFICATES,
    places.HEALTH,
    places.PLAN,
    places.AUDIT,
    f"{places.AUDIT}?page=2",
    f"{places.AUDIT}?words=nothing-like-this",
)
FOR_OTHERS = (places.DASHBOARD, places.SHARES, f"{places.SHARES}?past=yes", places.SHARING)
FOR_STRANGERS = ("/", "/-/sign-in", "/nowhere", "/broken/", "/slow/", "/-/link/x")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = populated(tmp_path_factory.mktemp("house"))
    yield house
    house.door.engine.dispose()


@pytest.fixture(scope="module")
def origin(house: House) -> Iterator[str]:
    port = free_port()
    with serving(house.app, f"http://127.0.0.1:{port}"):
        yield f"http://localhost:{port}"


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Apps")).to_be_visible()


def look(visit: Visit, name: str) -> None:
    """At one page in all ways, and take pictures for people to judge."""
    found = []
    for size, viewport in (("desk", DESK), ("phone", PHONE)):
        visit.page.set_viewport_size(viewport)
        wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append(f"{wide} pixels too wide on a {size}")
        for light in ("light", "dark"):
            visit.page.emulate_media(color_scheme=light)
            if (size, light) in LOOKED_AT:
                found += [f"{size}, {light}: {fault}" for fault in faults(visit.page)]
            visit.shoot(f"every-{name}-{size}-{light}")
    visit.page.emulate_media(color_scheme="light")
    assert found == [], name


def called(path: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in path.removeprefix("/-/")).strip("-") or "root"


def walk(visit: Visit, origin: str, who: str, paths: tuple[str, ...]) -> None:
    for path in paths:
        visit.page.goto(f"{origin}{path}")
        look(visit, f"{who}-{called(path)}")


def test_an_administrators_pages(origin: str, visit: Visit) -> None:
    visit.tolerated = NO_APP
    sign_in(visit.go(f"{origin}/-/dashboard"), "ada")
    walk(visit, origin, "admin", (*FOR_ADMINISTRATORS, *OF_APPS, *ACCOUNT))


def test_what_an_administrator_is_shown_once_or_asked(origin: str, visit: Visit) -> None:
    visit.tolerated = {422}
    sign_in(visit.go(f"{origin}/-/dashboard"), "ada")
    page = visit.page
    page.goto(f"{origin}{places.KEYS}")
    page.get_by_label("For whom").fill(f"made-{int(time.time() * 1000) % 10**9}")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("status")).to_contain_text("not shown again")
    look(visit, "admin-key-once")
    page.goto(f"{origin}{places.SHARES}")
    page.get_by_role("button", name="New password for bobs-app").click()
    expect(page.get_by_role("heading", name="Ask for a password on bobs-app?")).to_be_visible()
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_role("status")).to_contain_text("not shown again")
    expect(page.get_by_label("Password", exact=True)).to_have_text(machine.LINK_PASSWORD)
    look(visit, "admin-link-password-once")
    page.goto(f"{origin}{places.INVITATIONS}/new")
    page.get_by_label("Groups").fill("No Such/Group")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("alert")).to_contain_text("A group has at most")
    look(visit, "admin-invite-refused")
    page.get_by_label("Groups").fill("lab")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("heading", name="An invitation")).to_be_visible()
    look(visit, "admin-link-once")
    page.goto(f"{origin}{places.files_page('hello')}")
    page.get_by_role("button", name="Empty… Uploads and results").click()
    expect(page.get_by_role("heading", name="Empty “Uploads and results”")).to_be_visible()
    look(visit, "admin-confirm")
    page.get_by_role("button", name="Empty it").click()
    expect(page.get_by_role("status")).to_contain_text("are gone")
    page.goto(f"{origin}{places.PLAN}")
    page.get_by_label("Paste the whole of").fill("apps:\n  hello: {source: hello}\n")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="If this were saved now")).to_be_visible()
    look(visit, "admin-plan-shown")
    page.get_by_label("Paste the whole of").fill("aps: {}\n")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("1:1")
    look(visit, "admin-plan-refused")


def test_somebody_elses_pages(origin: str, visit: Visit) -> None:
    visit.tolerated = NO_APP
    sign_in(visit.go(f"{origin}/-/dashboard"), "bob")
    walk(visit, origin, "other", (*FOR_OTHERS, *OF_APPS, *ACCOUNT))
    visit.tolerated = {403, 404, 503}
    walk(visit, origin, "other", (places.AUDIT, "/-/dashboard/apps/nobody"))


def test_a_strangers_pages(origin: str, visit: Visit) -> None:
    visit.tolerated = {404, 410, 503}
    visit.go(f"{origin}/")
    walk(visit, origin, "stranger", FOR_STRANGERS)
