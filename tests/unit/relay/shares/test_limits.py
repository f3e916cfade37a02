"""Quotas: in all, for a key, for an address; requests and bytes of one share."""

import math
from dataclasses import replace

import pytest

from appliance.relay.joint import Terms
from appliance.relay.model import KeyLimitsAsked
from appliance.relay.registrar import Refused
from appliance.relay.share import Share
from appliance.relay.shares import book, registry
from appliance.relay.shares.failures import UnknownKeyError
from tests.unit.relay.shares.bench import ANYONE, DOMAIN, HOUR, START, Bench, Client


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


def names(share: Share) -> list[str]:
    return [limit.terms.name for limit in share.joint_limits]


def test_nothing_is_counted_together_that_has_no_bound(bench: Bench) -> None:
    assert bench.open("one").joint_limits == ()
    assert not bench.book.joint_limits


def test_links_of_one_owner_have_their_requests_together(bench: Bench) -> None:
    key = bench.key("ada")
    one, two = (bench.open(f"{name}:{key.secret}") for name in ("one", "two"))
    other, neighbour = bench.open("x", address="2001:db8::1"), bench.open("y", address="10.0.0.1")
    same = bench.open("z", address="2001:db8::2")
    bench.book.apply(replace(ANYONE, requests_per_owner=5.0, connections_per_owner=2))
    assert one.joint_limits == two.joint_limits
    assert other.joint_limits == same.joint_limits
    assert names(one) == ["key:ada"]
    assert len({*one.joint_limits, *other.joint_limits, *neighbour.joint_limits}) == 3
    bench.book.apply(ANYONE)
    assert one.joint_limits == ()


def test_all_links_have_theirs_together(bench: Bench) -> None:
    one, two = bench.open("one"), bench.open("two", address="10.0.0.1")
    bench.book.apply(replace(ANYONE, connections_in_all=9, requests_per_owner=5.0))
    assert [limit for limit in one.joint_limits if limit in two.joint_limits] == [
        one.joint_limits[1]
    ]
    assert one.joint_limits[1].terms.connections == 9


def test_a_link_that_changes_hands_counts_with_its_new_owners(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, requests_per_owner=5.0))
    share = bench.open("one", address="10.0.0.1")
    assert names(share) == ["address:10.0.0.1"]
    door = bench.key("ada").label
    assert bench.open("one", server_name=f"{door}.{DOMAIN}") is share
    assert names(share) == ["key:ada"]


def test_a_keys_own_limits_win_over_those_of_owners_too(bench: Bench) -> None:
    limits = {"traffic": 500, "total_requests": 9.0, "total_traffic": 800, "connections": 4}
    key = bench.key("ada", **limits)
    bench.restart()
    bench.book.apply(replace(ANYONE, requests_per_owner=5.0, traffic=10**9, traffic_per_owner=1))
    one, two = (bench.open(f"{name}:{key.secret}") for name in ("one", "two"))
    assert one.joint_limits[0].terms == Terms("key:ada", 9.0, 4)
    one.traffic.sent = two.traffic.received = 399
    bench.pass_time(1)
    assert [share.spent for share in (one, two)] == [False, False]
    one.traffic.sent = 500
    bench.pass_time(1)
    assert [share.spent for share in (one, two)] == [True, True]


def test_another_limit_of_a_key_holds_for_what_is_open(bench: Bench) -> None:
    key = bench.key("ada", requests=3.0, shares=1)
    share = bench.open(f"one:{key.secret}")
    for change, terms in (
        (KeyLimitsAsked(connections=4), Terms("key:ada", None, 4)),
        (KeyLimitsAsked(total_requests=9.0), Terms("key:ada", 9.0, 4)),
    ):
        bench.steering.limit_key(bench.steering.limited_key("ada", change.onto))
        assert share.joint_limits[0].terms == terms
        assert share.rate == 3.0
    unset = KeyLimitsAsked.model_validate({"requests": None, "shares": None})
    bench.steering.limit_key(bench.steering.limited_key("ada", unset.onto))
    assert share.rate is None
    assert bench.open(f"two:{key.secret}").joint_limits == share.joint_limits
    with pytest.raises(UnknownKeyError):
        bench.steering.limited_key("nobody", unset.onto)


def test_a_key_has_bytes_of_its_own_where_nobody_else_is_limited(bench: Bench) -> None:
    each, whole = bench.key("ada", traffic=500), bench.key("eve", total_traffic=500)
    shares = [bench.open(f"{name}:{each.secret}") for name in ("one", "two")]
    shares += [bench.open(f"{name}:{whole.secret}") for name in ("three", "four")]
    shares[0].traffic.sent = shares[2].traffic.sent = 500
    bench.pass_time(1)
    assert [share.spent for share in shares] == [True, False, True, True]


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
