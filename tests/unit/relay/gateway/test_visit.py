"""Visits to shares, counted on the way through the gateway."""

import ipaddress
import time

import pytest

from appliance.apps.server.counting import Counting
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.visits import tell
from appliance.visits.model import Ask, HourNumbers
from tests.unit.relay.gateway.wired import HOST, OK, Wired


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test does would else be of two hours or days, once in a while."""
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)


def ask() -> Ask:
    day = int(time.time()) // 86_400
    return Ask(salts={day: "ab" * 32, day + 1: "cd" * 32})


def counting(wired: Wired) -> Counting:
    told = wired.context.counting
    assert tell(told, [wired.share], ask()).reports == ()
    return told


def hour(wired: Wired) -> HourNumbers:
    [report] = tell(wired.context.counting, [wired.share], ask()).reports
    assert report.name == "demo"
    return report.told.hours[-1]


def request(method: str = "GET", path: str = "/", *fields: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", f"Host: {HOST}", *fields, "", "")
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(("trusted", "expected"), [(True, 3), (False, 1)])
async def test_the_gateway_counts_whom_its_proxy_names(trusted: bool, expected: int) -> None:  # noqa: FBT001
    networks = (ipaddress.ip_network("127.0.0.1/32"),) if trusted else ()
    wired = Wired(settings=GatewaySettings(trusted=networks))
    counting(wired)
    for one in (1, 2, 3, 1, 2, 3):
        wired.says(request("GET", "/", f"X-Real-Ip: 192.0.2.{one}"))
        wired.stream.says(OK)
    assert wired.share.visits.visitors(int(time.time()) // 86_400) == expected
    assert wired.share.traffic.requests == 6
    assert hour(wired).requests == 6


async def test_nothing_is_counted_before_control_says_so_and_after() -> None:
    wired = Wired()
    wired.says(request())
    wired.stream.says(OK)
    told = counting(wired)
    wired.says(request())
    wired.stream.says(OK)
    assert hour(wired).requests == 1
    assert tell(told, [wired.share], Ask(salts={})).reports == ()
    assert wired.share.visits.document()["hours"] == []
    assert wired.share.traffic.requests == 2


async def test_a_request_in_all_its_numbers() -> None:
    wired = Wired()
    counting(wired)
    agent, referer = "User-Agent: curl/8.5.0", "Referer: https://blog.example.org/x"
    wired.says(request("GET", "/config", agent, referer))
    wired.stream.says(OK)
    assert b"User-Agent: curl/8.5.0\r\nReferer: https://blog.example.org/x\r\n" in wired.stream.got
    wired.says(request("POST", "/gradio_api/run/predict", "Content-Length: 4") + b"data")
    wired.stream.says(OK)
    wired.says(request("GET", "/none"))
    wired.stream.says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    found = hour(wired)
    assert (found.requests, found.predictions, found.refused, found.failed) == (3, 1, 1, 0)
    assert (sum(found.latencies), sum(found.durations)) == (3, 1)
    assert found.received == 4
    assert found.sent == wired.share.traffic.sent > 0
    assert found.clients == {
        "browser": 0, "gradio_client": 0, "@gradio/client": 0, "curl": 1, "other": 2,
    }  # fmt: skip
    assert found.referrers == {"blog.example.org": 1}


async def test_an_app_that_says_nothing_has_failed() -> None:
    wired = Wired()
    counting(wired)
    wired.says(request("POST", "/", "Content-Length: 0"))
    wired.stream.ends()
    assert (hour(wired).failed, wired.share.traffic.errors) == (1, 1)
    assert wired.share.traffic.open == 0
