"""How many visit a share, without knowing who."""

import ipaddress
import time

import pytest

from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.visitors import Visitors
from tests.unit.relay.gateway.wired import HOST, OK, Wired

TODAY = 20_000


def address(number: int) -> bytes:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}".encode()


def of(count: int) -> Visitors:
    visitors = Visitors()
    for number in range(count):
        visitors.came(address(number), TODAY)
    return visitors


def test_each_address_counts_once_a_day() -> None:
    visitors = Visitors()
    assert visitors.count(TODAY) == 0
    for one in (b"::1", b"::1", b"192.0.2.1", b"::1", b"192.0.2.1"):
        visitors.came(one, TODAY)
    assert visitors.count(TODAY) == 2
    assert visitors.count(TODAY + 1) == 0
    visitors.came(b"::1", TODAY + 1)
    assert visitors.count(TODAY + 1) == 1


@pytest.mark.parametrize("count", [100, 10_000, 50_000])
def test_a_crowd_is_counted_within_a_tenth(count: int) -> None:
    assert of(count).count(TODAY) == pytest.approx(count, rel=0.1)


def test_more_than_can_be_told_is_a_large_number() -> None:
    visitors = of(400_000)
    assert visitors.count(TODAY) > 100_000


def test_a_share_without_visitors_takes_no_memory_and_two_count_apart() -> None:
    first, second = of(50), of(50)
    assert len(Visitors()._bits) == 0
    assert first._bits != second._bits
    assert len(first._bits) == 2048


@pytest.mark.parametrize(("trusted", "expected"), [(True, 3), (False, 1)])
async def test_the_gateway_counts_whom_its_proxy_names(trusted: bool, expected: int) -> None:  # noqa: FBT001
    networks = (ipaddress.ip_network("127.0.0.1/32"),) if trusted else ()
    wired = Wired(settings=GatewaySettings(trusted=networks))
    for one in (1, 2, 3, 1, 2, 3):
        wired.says(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Real-Ip: 192.0.2.{one}\r\n\r\n".encode())
        wired.stream.says(OK)
    assert wired.share.visitors.count(int(time.time() // 86_400)) == expected
