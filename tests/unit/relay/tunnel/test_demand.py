import pytest

from appliance.relay.tunnel.demand import MOST, Demand


@pytest.mark.parametrize(("pool_count", "asked"), [(-5, 1), (0, 1), (1, 1), (3, 3), (1000, MOST)])
def test_a_client_is_asked_for_a_few_at_first(pool_count: int, asked: int) -> None:
    assert Demand(pool_count).ask(parked=0, waiting=0) == asked


def test_what_is_on_its_way_is_not_asked_for_twice() -> None:
    demand = Demand(1)
    assert demand.ask(parked=0, waiting=10) == 11
    assert demand.ask(parked=0, waiting=10) == 0
    for _ in range(11):
        demand.came()
    assert demand.ask(parked=1, waiting=0) == 0
    assert demand.ask(parked=0, waiting=0) == 1


def test_more_wait_after_visitors_found_none_but_never_many() -> None:
    demand = Demand(1)
    for _ in range(100):
        demand.missed()
    assert demand.ask(parked=0, waiting=0) == MOST


def test_streams_that_never_come_are_asked_for_again() -> None:
    demand = Demand(1)
    demand.ask(parked=0, waiting=0)
    demand.lost()
    assert demand.ask(parked=0, waiting=1) == 2


def test_streams_nobody_asked_for_are_not_counted() -> None:
    demand = Demand(1)
    demand.came()
    assert demand.asked == 0
