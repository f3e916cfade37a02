"""Visits on the dashboard."""

import asyncio
import csv
import io
import re

import pytest

from appliance.web.dashboard.places import DASHBOARD, SHARE_VISITS, SHARES, VISITS_FILE
from appliance.web.plots import BARS_HEIGHT, bars, spark
from tests.running import machine
from tests.running.house import House
from tests.running.visited import report

VISITS = f"{DASHBOARD}/apps/hello/visits"


@pytest.fixture
def visited(house: House) -> House:
    """On several days, by way of what the tests' clock calls now."""
    now, storage = house.visits.hour, house.visits.storage
    for back, requests in ((0, 40), (1, 80), (26, 100), (24 * 5, 60)):
        storage.write("app", [report("hello", now - back, requests, visitors=7)])
    storage.write("share", [report("chat", now, 12)])
    asyncio.run(house.visits.collect())
    return house


def test_each_app_and_share_has_a_line_that_leads_to_its_visits(visited: House) -> None:
    tab = visited.signed_in()
    page = tab.open(DASHBOARD).text
    assert f'href="{VISITS}"' in page
    assert 'aria-label="120 requests in the last 24 hours"' in page
    assert page.count("<polyline") == 1
    assert "120 requests in the last 24 hours" in tab.open(f"{DASHBOARD}/apps/hello").text
    shares = tab.open(SHARES).text
    assert f'href="{SHARE_VISITS}?name=chat"' in shares
    assert "12 requests in the last 24 hours" in shares


@pytest.mark.parametrize(("period", "requests"), [("day", 120), ("week", 280), ("month", 280)])
def test_a_period_is_summed_up_and_plotted(visited: House, period: str, requests: int) -> None:
    page = visited.signed_in().open(f"{VISITS}?period={period}").text
    assert f"<dt>Requests</dt><dd>{requests}</dd>" in page
    assert page.count("<rect") == 2 * {"day": 24, "week": 7, "month": 30}[period]
    assert "blog.example.org" in page
    assert "<dt>gradio_client</dt>" in page
    assert f'href="{VISITS}?period={period}" aria-current="page"' in page


def test_a_share_has_its_own(visited: House) -> None:
    page = visited.signed_in().open(f"{SHARE_VISITS}?name=chat").text
    assert "<dt>Requests</dt><dd>12</dd>" in page
    assert f'href="{SHARE_VISITS}?name=chat&amp;period=day"' in page


def test_whoever_shares_sees_the_visits_of_his_own_shares_alone(visited: House) -> None:
    visited.noted.held = (machine.key("bob", made=visited.clock() + 60),)
    visited.noted.shared = (
        machine.share("bobs", owner="bob"),
        machine.share("former", owner="bob", state="expired"),
        machine.share("chat", owner="ada"),
        machine.share("posing", owner="ada", url="http://bobs.share.localhost:8080"),
    )
    visited.visits.storage.write("share", [report("bobs", visited.visits.hour, 5)])
    asyncio.run(visited.visits.collect())
    tab = visited.signed_in("bob")
    assert f'href="{SHARE_VISITS}?name=bobs"' in tab.open(SHARES).text
    assert "<dt>Requests</dt><dd>5</dd>" in tab.open(f"{SHARE_VISITS}?name=bobs").text
    rows = list(csv.DictReader(io.StringIO(tab.open(f"{VISITS_FILE}?kind=share&name=bobs").text)))
    assert [row["requests"] for row in rows] == ["5"]
    assert tab.open(f"{SHARE_VISITS}?name=former").status_code == 200
    for name in ("chat", "posing", "nobody"):
        for page in (f"{SHARE_VISITS}?name={name}", f"{VISITS_FILE}?kind=share&name={name}"):
            assert tab.open(page).status_code == 403


def test_large_numbers_are_told_as_people_write_them(visited: House) -> None:
    visited.visits.storage.write("share", [report("busy", visited.visits.hour, 1_234_567)])
    asyncio.run(visited.visits.collect())
    page = visited.signed_in().open(f"{SHARE_VISITS}?name=busy&period=day").text
    assert "<dt>Requests</dt><dd>1,234,567</dd>" in page
    assert "at most 1,234,567" in page


def test_a_name_that_nobody_has_is_told_so_without_being_believed(visited: House) -> None:
    tab = visited.signed_in()
    page = tab.open(f"{SHARE_VISITS}?name=%3Cb%3E%22x").text
    assert "Nobody visited" in page
    assert "<b>" not in page
    assert tab.open(f"{DASHBOARD}/apps/none/visits").status_code == 404
    assert tab.open(f"{VISITS}?period=century").status_code == 404
    assert tab.open(SHARE_VISITS).status_code == 404


def test_numbers_leave_as_csv_and_json(visited: House) -> None:
    tab = visited.signed_in()
    answer = tab.open(f"{VISITS_FILE}?kind=app&name=hello&as=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="visits-hello.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(int(row["requests"]) for row in rows) == 280
    assert rows[-1]["gradio_client"].isdecimal()
    days = tab.open(f"{VISITS_FILE}?kind=app&name=hello&as=json&days=1").json()["days"]
    assert [day["name"] for day in days] == ["hello"]
    assert days[0]["referrers"]["news.example.org"] >= 1
    assert tab.open(f"{VISITS_FILE}?kind=person&name=ada").status_code == 404
    stranger = visited.signed_in("bob").client.get(f"{VISITS_FILE}?kind=app&name=hello")
    assert stranger.status_code == 403


def test_where_nothing_is_counted_the_pages_say_so(visited: House) -> None:
    visited.yaml(apps={"hello": {"source": "hello"}}, visits="off")
    tab = visited.signed_in()
    assert "visits: off" in re.sub("<[^>]+>", "", tab.open(VISITS).text)
    assert "<polyline" not in tab.open(DASHBOARD).text


def test_plots_fill_their_boxes() -> None:
    assert spark([0, 0], "requests").points == ""
    assert spark([1, 3], "requests").points == "0.0,15.7 96.0,1.0"
    assert spark([1, 3], "requests").words == "4 requests"
    drawn = bars([0, 5, 10], ["a", "b", "c"])
    assert [bar.height for bar in drawn.bars] == [0, BARS_HEIGHT / 2, BARS_HEIGHT]
    assert drawn.largest == 10
    assert [bar.height for bar in bars([0, 0], ["a", "b"]).bars] == [0, 0]
    assert bars([], []).bars == ()
