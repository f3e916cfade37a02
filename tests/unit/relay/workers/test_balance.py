"""What workers leave each other of what their shares take together."""

from dataclasses import replace

import pytest

from appliance.relay.workers.balance import Balance
from appliance.relay.workers.notes import Growth
from tests.unit.relay.shares.bench import ANYONE, Bench

NOTHING = {"errors": 0, "received": 0, "sent": 0, "visitors": 0, "open": 0}


def grown(name: str, requests: int) -> Growth:
    return Growth(name=name, requests=requests, **NOTHING)


@pytest.fixture
def balance(bench: Bench) -> Balance:
    key = bench.key("ada")
    for name in ("one", "two"):
        bench.open(f"{name}:{key.secret}")
    bench.book.apply(replace(ANYONE, requests_per_owner=5.0, connections_in_all=9))
    return Balance(bench.book)


def test_a_worker_is_told_what_the_others_take(balance: Balance) -> None:
    balance.told(0, [grown("one", 3)], {"one": 2}, 100.0)
    balance.told(1, [grown("two", 4), grown("forgotten", 9)], {"two": 1, "forgotten": 1}, 100.0)
    balance.told(2, [], {"one": 0}, 100.0)
    assert balance.beside(0) == {"key:ada": (4.0, 1), "all": (4.0, 1)}
    assert balance.beside(2) == {"key:ada": (7.0, 3), "all": (7.0, 3)}
    balance.gone(1)
    assert balance.beside(0) == {}


def test_what_lasts_longer_than_a_second_is_no_higher_rate(balance: Balance) -> None:
    balance.told(0, [grown("one", 4)], {}, 100.0)
    balance.told(0, [grown("one", 8)], {}, 104.0)
    assert balance.beside(1)["key:ada"] == (2.0, 0)
    balance.told(0, [], {}, 105.0)
    assert balance.beside(1) == {}
