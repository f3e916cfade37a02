"""What comes through the proxy is counted to the last one, and told the same everywhere."""

import csv
import io
import json
import re
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from prometheus_client.parser import text_string_to_metric_families

from appliance.apps.server.counting import CLIENTS
from tests.running.chromium import shoot, visitor
from tests.running.installation import METRICS, PASSWORD, Installation
from tests.running.traefik import until
from tests.running.waiting import sign_in

pytestmark = pytest.mark.browser
BLOG = "https://blog.example.org"
PLAIN = ("requests", "predictions", "refused", "failed")
PYTHON = """
from gradio_client import Client

client = Client({url!r}, verbose=False)
for name in ("a", "b"):
    assert client.predict(name, api_name="/hello") == f"Hello {{name}}"
"""
JAVASCRIPT = """
import {{ Client }} from "@gradio/client";

const client = await Client.connect("{url}");
for (const name of ["c", "d", "e"]) await client.predict("/hello", [name]);
client.close();
"""
SHELL = """
for name in f nobody; do
    EVENT=$(curl -sS {url}gradio_api/call/hello --json '{{"data": ["'$name'"]}}' | cut -d '"' -f 4)
    curl -sSN {url}gradio_api/call/hello/$EVENT
done
curl -sS {url}nowhere
"""


def counted(place: Installation) -> Counter[str]:
    """Up to this moment, by the words of `control`."""
    days = json.loads(place.ask_control("/visits?kind=app&name=hello&days=2"))["days"]
    return sum((flat(day) for day in days), Counter())


def flat(day: dict[str, Any]) -> Counter[str]:
    numbers = {name: day[name] for name in PLAIN}
    return Counter(numbers | day["clients"] | day["referrers"])


def by_prometheus(place: Installation) -> Counter[str]:
    """The same, as a scrape tells it."""
    text = place.shell(f"curl -sS http://127.0.0.1:{METRICS}/metrics")
    found: Counter[str] = Counter()
    processes = set()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "appliance_up" and sample.value == 1:
                processes.add(sample.labels["process"])
            if sample.labels.get("app") != "hello":
                continue
            if sample.name == "appliance_visits_clients_total":
                found[sample.labels["client"]] = int(sample.value)
            elif name := re.fullmatch(
                "appliance_visits_(requests|predictions|refused|failed)_total", sample.name
            ):
                found[name[1]] = int(sample.value)
    assert processes == {"control", "apps", "relay", "proxy"}
    return found


def visit(tab: Page, url: str) -> None:
    """By a link in a blog; what a visitor's browser asks for is not ours to know in advance."""
    tab.route(
        f"{BLOG}/",
        lambda route: route.fulfill(
            body=f'<!doctype html><a href="{url}">an app</a>', content_type="text/html"
        ),
    )
    tab.goto(f"{BLOG}/")
    tab.get_by_role("link", name="an app").click()
    tab.get_by_role("button", name="Submit").click()
    expect(tab.get_by_label("Greeting")).to_have_value("Hello you")
    # Its streams end with it.
    tab.goto("about:blank")


def downloaded(tab: Page, kind: str) -> str:
    with tab.expect_download() as download:
        tab.get_by_role("link", name=kind, exact=True).click()
    return download.value.path().read_text()


def on_the_page(tab: Page) -> Counter[str]:
    """By the words above the figures, in small letters."""
    pairs = tab.locator("main dl > div, main dl").evaluate_all(
        "lists => lists.flatMap(one => [...one.querySelectorAll(':scope > dt')]"
        ".map(dt => [dt.textContent, dt.nextElementSibling.textContent]))"
    )
    figures = {name.strip().lower(): re.sub(r"\D", "", value) for name, value in pairs}
    return Counter({name: int(value) for name, value in figures.items() if value})


def see_visits(tab: Page, place: Installation) -> None:
    tab.goto(place.url(path="/-/sign-in?to=/-/dashboard/apps/hello/visits"))
    sign_in(tab, "ada", PASSWORD)
    expect(tab.get_by_role("heading", name="Visits to hello")).to_be_visible()


def test_each_visit_counts_once(place: Installation, tab: Page, ada: None) -> None:
    url = place.url("hello")
    before = counted(place)
    visit(tab, url)
    place.machine.python(PYTHON.format(url=url))
    place.machine.javascript(JAVASCRIPT.format(url=url))
    place.shell(SHELL.format(url=url))
    until(lambda: (counted(place) - before)["predictions"] == 1 + 2 + 3 + 2)
    after = counted(place)
    new = after - before
    assert new["curl"] == 2 * 2 + 1
    assert (new["refused"], new["failed"], new["blog.example.org"]) == (1, 0, 1)
    assert all(new[kind] for kind in ("browser", "gradio_client", "@gradio/client"))
    assert sum(new[kind] for kind in CLIENTS) == new["requests"]

    see_visits(tab, place)
    shown = on_the_page(tab)
    assert {name: shown[name] for name in after} == after
    told = json.loads(downloaded(tab, "JSON"))
    assert sum((flat(day) for day in told["days"]), Counter()) == +after
    rows = list(csv.DictReader(io.StringIO(downloaded(tab, "CSV"))))
    by_program = by_prometheus(place)
    for name in (*PLAIN, *CLIENTS):
        assert sum(int(row[name]) for row in rows) == after[name], name
        assert by_program[name] == after[name], name


@pytest.mark.parametrize(("width", "scheme"), [(1200, "dark"), (390, "light"), (390, "dark")])
def test_the_plots_fit(
    place: Installation, browser: Browser, ada: None, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 850}
    with visitor(browser, viewport=size, color_scheme=scheme) as context:
        tab = context.new_page()
        see_visits(tab, place)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        shoot(tab, f"visits-{scheme}-{width}", full_page=True)
