"""A link with a password from its first visit to its last day: Chromium, Traefik, Gradio's client.

One test, because it is one link: each step begins where the one before has left it.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_share_page import NODE, node_program, shown
from tests.running.chromium import visitor
from tests.running.names import below_localhost
from tests.running.site import SCRIPT, Site, sharing_site
from tests.running.traefik import until

pytestmark = pytest.mark.browser
HOUR = 3600.0
PASSWORD = "open sesame"
PROTECTED = SCRIPT.replace("demo.launch(", f'demo.share_token += "#{PASSWORD}"\ndemo.launch(')


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sharing_site(tmp_path_factory.mktemp("story"), PROTECTED) as made:
        yield made


@pytest.fixture(autouse=True)
def _names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    below_localhost(monkeypatch)


def test_a_link_with_a_password_from_its_first_visit_to_its_last_day(
    site: Site, browser: Browser
) -> None:
    url = site.share()
    assert PASSWORD not in url
    with visitor(browser, viewport={"width": 390, "height": 700}) as context:
        visit = Visit(context.new_page())
        visit.tolerated |= {401, 502, 503}
        page = opened_by_password(visit, url)
        programs_show_it(url)
        the_pass_outlives_restarts(site, url, page)
        the_page_warns(site, visit)
        the_link_ends(site, url, visit)


def opened_by_password(visit: Visit, url: str) -> Page:
    """Asked for, refused, typed, and the app answers."""
    page = visit.go(url)
    field = page.get_by_label("Password")
    field.fill("a wrong one")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("not the password"))
    field.fill(PASSWORD)
    field.press("Enter")
    greeted(page, "Ada")
    return page


def greeted(page: Page, name: str) -> None:
    page.get_by_label("name").fill(name)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("output")).to_have_value(f"Hello {name}")


def programs_show_it(url: str) -> None:
    """Each in the ways that its users have."""
    for shows in ({"auth": ("any", PASSWORD)}, {"headers": {"X-Link-Password": PASSWORD}}):
        client = Client(url, verbose=False, analytics_enabled=False, **shows)
        assert client.predict("Bob", api_name="/greet") == "Hello Bob"
        client.close()
        assert javascript(url, shows) == "Hello Bob"
    with pytest.raises(AuthenticationError):
        Client(url, verbose=False, analytics_enabled=False)
    assert httpx.get(url, auth=("any", PASSWORD)).is_success


def javascript(url: str, options: dict[str, Any]) -> str:
    calls = [{"endpoint": "/greet", "data": ["Bob"]}]
    asked = json.dumps({"url": url, "options": options, "calls": calls})
    command = ["node", "--require", NODE / "localhost.cjs", node_program()]
    done = subprocess.run(
        command, input=asked, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["answers"][0][-1][0])


def the_pass_outlives_restarts(site: Site, url: str, page: Page) -> None:
    """Nobody types the password a second time."""
    site.restart_relay()
    until(lambda: site.shares().get(url, {}).get("state") == "live", 120)
    page.reload()
    greeted(page, "Cleo")
    site.kill_proxy()
    until(lambda: answers(url), 120)
    page.reload()
    greeted(page, "Dora")
    assert httpx.get(url).status_code == httpx.codes.UNAUTHORIZED


def answers(url: str) -> bool:
    try:
        return httpx.get(url, auth=("any", PASSWORD)).is_success
    except httpx.TransportError:
        return False


def the_page_warns(site: Site, visit: Visit) -> None:
    page = visit.page
    expect(page.get_by_text("This link ends at")).to_have_count(0)
    site.pass_time(71.5 * HOUR)
    page.reload()
    expect(page.get_by_text("This link ends at")).to_be_visible()
    greeted(page, "Emil")
    visit.shoot("share-story-warning")


def the_link_ends(site: Site, url: str, visit: Visit) -> None:
    """Its client as well, and visitors read why."""
    clients = [one for one in psutil.Process().children(recursive=True) if "frpc" in one.name()]
    assert len(clients) == 1
    site.pass_time(HOUR)
    until(lambda: over(clients[0]))
    visit.tolerated.add(410)
    visit.page.reload()
    shown(visit, "This link has expired")
    visit.shoot("share-story-expired")
    assert url not in site.shares()
    assert site.shares("--all")[url]["state"] == "expired"
    assert httpx.get(url, auth=("any", PASSWORD)).status_code == httpx.codes.GONE


def over(process: psutil.Process) -> bool:
    """Nobody may have asked how it ended."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
