"""The appliance's own API as a program on the machine uses it; nobody signs in here."""

from collections.abc import Iterator

import httpx
import pytest

from appliance.web.api.serving import API
from tests.running.appliance import Appliance
from tests.running.examples import NAMES
from tests.running.until import until


@pytest.fixture
def api(appliance: Appliance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=appliance.origin + API, timeout=60) as client:
        yield client


def test_every_app_is_listed_with_where_it_is(appliance: Appliance, api: httpx.Client) -> None:
    told = {app["name"]: (app["state"], app["url"]) for app in api.get("/apps").json()}
    assert told == {name: ("live", f"{appliance.origin}/{name}") for name in NAMES}


def test_a_log_is_what_the_app_wrote(api: httpx.Client) -> None:
    answer = api.get("/apps/hello/logs", params={"of": "build"})
    assert answer.status_code == 200
    assert answer.text.strip()


async def test_a_restart_brings_a_new_instance_without_a_gap(
    appliance: Appliance, api: httpx.Client
) -> None:
    def seen() -> tuple[int, int, str]:
        told = api.get("/apps/request").raise_for_status().json()
        assert httpx.get(appliance.url("request"), timeout=60).status_code == 200
        return told["instances"], told["ready"], told["release"]

    def restart() -> int:
        return api.post("/apps/request/restart").status_code

    before = seen()
    assert restart() == 202
    await until(lambda: seen()[0] > before[0])
    await until(lambda: seen() == before)


def test_what_cannot_be_done_is_told(api: httpx.Client) -> None:
    answer = api.post("/apps/hello/rollback", json={"to": "r9-none"})
    assert answer.status_code == 409, answer.text
    assert "r9-none" in answer.json()["detail"]


def test_shares_come_from_the_relay(api: httpx.Client) -> None:
    answer = api.get("/shares")
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json(), list)
    assert api.delete("/shares/nobody-shares-this").status_code == 409


def test_a_page_of_a_web_site_is_not_answered(api: httpx.Client) -> None:
    told = api.get("/apps", headers={"Origin": "https://blog.example.org"})
    assert told.status_code == 403
