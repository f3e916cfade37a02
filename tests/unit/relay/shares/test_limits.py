"""Quotas: in all, for a key, for an address; requests and bytes of one share."""

import math
from dataclasses import replace

import pytest

from appliance.relay.registrar import Refused
from appliance.relay.shares import book, registry
from tests.unit.relay.shares.bench import ANYONE, HOUR, START, Bench, Client


def test_the_server_holds_so_many_shares_and_no_more(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, max_shares=2))
    clients = [Client(), Client()]
    for number, client in enumerate(clients):
        bench.open(str(number), client, address=f"10.0.0.{number}")
    with pytest.raises(Refused, match="all 2 shares"):
        bench.open("third")
    bench.open("0", address="10.0.0.0")
    bench.open("0", address="10.0.0.9")  # a laptop that moved; the old connection only seems alive
    bench.registry.closed(clients[1])
    assert bench.open("third")


def test_an_address_has_its_share_and_no_more(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, per_address=1))
    bench.open("one")
    with pytest.raises(Refused, match="your address has 1 share open"):
        bench.open("two")
    bench.open("two", address="10.0.0.1")
    bench.open(f"chat:{bench.key('ada').secret}")


def test_a_network_of_ipv6_is_one_address(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, per_address=1))
    bench.open("one", address="2001:db8::1")
    with pytest.raises(Refused, match="your address has 1 share open"):
        bench.open("two", address="2001:db8::2")
    bench.open("two", address="2001:db8:0:1::1")


def test_a_keys_own_limits_win(bench: Bench) -> None:
    key = bench.key("ada", shares=2, lifetime=math.inf, requests=3.0)
    bench.book.apply(replace(ANYONE, per_key=1, requests=100.0))
    one, _ = (bench.open(f"{name}:{key.secret}") for name in ("one", "two"))
    with pytest.raises(Refused, match="your key has 2 shares open"):
        bench.open(f"three:{key.secret}")
    assert one.expires is None
    assert one.allowance
    assert sum(one.allowance.take(0.0) for _ in range(100)) == 6


def test_a_keys_limits_survive_a_restart(bench: Bench) -> None:
    key = bench.key("ada", shares=1, lifetime=HOUR)
    bench.restart()
    assert bench.open(f"one:{key.secret}").expires == START + HOUR
    with pytest.raises(Refused):
        bench.open(f"two:{key.secret}")


def test_new_rates_apply_to_shares_that_are_open(bench: Bench) -> None:
    share = bench.open()
    assert share.allowance is None
    bench.book.apply(replace(ANYONE, requests=5.0))
    assert share.allowance is not None


def test_a_days_bytes_are_used_up_until_the_next_day(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, traffic=1000))
    share = bench.open()
    share.traffic.sent = 999
    bench.pass_time(1)
    assert share.allowance is None
    share.traffic.received = 1
    bench.pass_time(1)
    assert share.allowance
    assert not share.allowance.take(bench.now)
    bench.pass_time(24 * HOUR)
    assert share.allowance is None


def test_a_keys_links_share_what_it_may_pass_in_a_day_also_those_that_have_ended(
    bench: Bench,
) -> None:
    bench.book.apply(replace(ANYONE, traffic_per_owner=1000))
    key = bench.key("ada")
    one, two = (bench.open(f"{name}:{key.secret}") for name in ("one", "two"))
    other = bench.open("other")
    one.traffic.sent, two.traffic.received, other.traffic.sent = 600, 399, 999
    bench.pass_time(1)
    assert [share.spent for share in (one, two, other)] == [False, False, False]
    two.traffic.received += 1
    bench.steering.kick("one")
    bench.pass_time(1)
    assert [share.spent for share in (two, other)] == [True, False]
    bench.pass_time(24 * HOUR)
    assert not two.spent


def test_a_network_of_ipv6_is_one_address_for_bytes_too(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, traffic_per_owner=1000))
    one, two = (bench.open(name, address=f"2001:db8::{name}") for name in ("1", "2"))
    one.traffic.sent = 1000
    bench.pass_time(1)
    assert one.spent
    assert two.spent


def test_all_links_together_have_their_bytes(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, traffic_in_all=1000))
    one, two = bench.open("one"), bench.open("two", address="10.0.0.1")
    one.traffic.sent = 1000
    bench.pass_time(1)
    assert one.spent
    assert two.spent


def test_a_key_cannot_reserve_all_names(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "NAMES", 2)
    key = bench.key("ada")
    for name in ("one", "two"):
        client = Client()
        bench.open(f"{name}:{key.secret}", client)
        bench.registry.closed(client)
    with pytest.raises(Refused, match="your key holds 2 names"):
        bench.open(f"three:{key.secret}")
    bench.open(f"one:{key.secret}")


def test_the_least_wanted_name_is_forgotten_for_a_new_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "RECORDS", 3)
    key = bench.key("ada")
    away = Client()
    bench.open(f"chat:{key.secret}", away)
    bench.registry.closed(away)
    bench.open("in use")
    bench.open("ended")
    bench.steering.kick([entry.name for entry in bench.registry][-1])
    bench.open("new")
    assert {entry.gone for entry in bench.registry} == {None}
    with pytest.raises(Refused, match="remembers no more names"):
        bench.open("another")
    assert "chat" in [entry.name for entry in bench.registry]
