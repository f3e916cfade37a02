"""What workers count, as the relay adds it up."""

import time

import pytest

from appliance.apps.server.counting import Counting as VisitCounting
from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.gateway.visit import Visit
from appliance.relay.share import Share
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.workers.counting import Counting
from appliance.relay.workers.member import summed

DAY = 20_000


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: clock.now)
    clock.now = DAY * 86_400.0 + 43_200


class clock:  # noqa: N801 - the one there is
    now = 0.0


def came(share: Share) -> None:
    salts = {DAY: bytes(16), DAY + 1: bytes(16)}
    share.visits.came(salts, b"203.0.113.1", b"", 0)


def shares(*names: str) -> dict[str, Share]:
    return {name: Share(name, (), "", "") for name in names}


def test_only_growth_is_told() -> None:
    counting, known = Counting(), shares("a", "b")
    known["a"].traffic.requests = known["a"].traffic.open = 3
    came(known["a"])
    (first,) = counting.growth(known, DAY)
    assert (first.name, first.requests, first.open, first.visitors) == ("a", 3, 3, 1)
    assert list(counting.growth(known, DAY)) == []
    known["a"].traffic.requests, known["a"].traffic.open = 4, 0
    came(known["a"])
    (second,) = counting.growth(known, DAY)
    assert (second.requests, second.open, second.visitors) == (1, 0, 0)


def test_visitors_are_those_of_the_day() -> None:
    counting, known = Counting(), shares("a")
    for day in (DAY, DAY + 1):
        known["a"].traffic.requests += 1
        clock.now = day * 86_400.0
        came(known["a"])
        (grown,) = counting.growth(known, day)
        assert grown.visitors == 1


def test_a_name_that_comes_again_begins_anew() -> None:
    counting = Counting()
    for _ in range(2):
        known = shares("a")
        known["a"].traffic.sent = 10
        (grown,) = counting.growth(known, DAY)
        assert grown.sent == 10
        assert list(counting.growth({}, DAY)) == []


def test_visitors_met_elsewhere_are_added_and_end_with_the_day() -> None:
    (share,) = shares("a").values()
    for number in (2, 1):
        share.met.add(number, DAY)
    assert share.met.count(DAY) == 3
    assert share.met.count(DAY + 1) == 0
    share.met.add(1, DAY + 1)
    assert share.met.count(DAY + 1) == 1


def test_what_passes_through_a_worker_is_not_its_share_to_count() -> None:
    told = VisitCounting()
    told.follow({str(DAY): bytes(16).hex()})
    for elsewhere, visitors in ((True, 0), (False, 1)):
        share = Share("a", (), "", "", elsewhere=elsewhere)
        Visit(told, GatewayStats(), share, Request(), b"203.0.113.1")
        assert share.visits.visitors(DAY) == visitors


def test_sums_of_all_processes() -> None:
    one, other = TunnelStats(clients=1, logins=2), TunnelStats(clients=3, logins=4)
    one.closed["idle"], other.closed["idle"], other.closed["silent"] = 1, 2, 3
    seen, passed = GatewayStats(requests=5, open=6), GatewayStats(requests=7, retries=8)
    seen.answers[Kind.SLOW], passed.answers[Kind.SLOW] = 1, 2
    seen.add_passed(passed)
    tunnel, gateway = summed([(one, GatewayStats()), (other.past(), seen)])
    assert (tunnel.clients, tunnel.logins) == (1, 6)
    assert tunnel.closed == {"idle": 3, "silent": 3}
    assert (gateway.requests, gateway.retries, gateway.answers[Kind.SLOW]) == (5, 8, 3)
    assert gateway.past().open == 0
