"""How long a share lives: from its first registration, over reconnects and restarts."""

import math
from dataclasses import replace

import pytest

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.registrar import Refused
from appliance.relay.rules import REMEMBERED, Rules
from tests.unit.relay.shares.bench import ANYONE, DOMAIN, HOUR, START, Bench, Client

# The same name that Gradio's client computes.
NAME = "ada63e98fe50eccb55"
HOST = f"{NAME}.{DOMAIN}"


def test_a_share_expires_72_hours_after_its_first_registration(bench: Bench) -> None:
    client = Client()
    share = bench.open("testtoken", client)
    assert (share.name, share.url) == (NAME, f"http://{HOST}")
    bench.pass_time(72 * HOUR - 1)
    assert bench.registry.find(HOST, "/") is share
    bench.pass_time(1)
    assert bench.registry.find(HOST, "/") == Gone(Why.EXPIRED, START + 72 * HOUR)
    assert len(client.ended) == 1
    assert bench.registry.connected == 0


def test_reconnects_and_restarts_do_not_lengthen_it(bench: Bench) -> None:
    bench.open("testtoken")
    bench.pass_time(40 * HOUR)
    bench.restart()
    share = bench.open("testtoken", run_id="given before")
    assert (share.since, share.expires) == (START, START + 72 * HOUR)
    bench.pass_time(32 * HOUR)
    assert isinstance(bench.registry.find(HOST, "/"), Gone)


def test_one_that_is_away_keeps_its_name_over_a_restart(bench: Bench) -> None:
    bench.open("testtoken")
    bench.restart()
    found = bench.registry.find(HOST, "/")
    assert found is not None
    assert not isinstance(found, Gone)
    assert found.upstream is None


def test_none_never_expires(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, lifetime=math.inf))
    share = bench.open("testtoken")
    assert share.expires is None
    bench.pass_time(100_000 * HOUR)
    assert bench.registry.find(HOST, "/") is share


def test_a_client_that_is_away_loses_its_name_when_the_time_is_up(bench: Bench) -> None:
    client = Client()
    share = bench.open("testtoken", client)
    bench.registry.closed(client)
    assert bench.registry.find(HOST, "/") is share
    bench.pass_time(72 * HOUR)
    assert isinstance(bench.registry.find(HOST, "/"), Gone)
    assert client.ended == []


@pytest.mark.parametrize("run_id", ["", "given before"])
def test_an_expired_token_is_refused_in_words_that_help(bench: Bench, run_id: str) -> None:
    bench.open("testtoken")
    bench.pass_time(72 * HOUR)
    bench.restart()
    with pytest.raises(Refused, match=f"has expired.*appliance shares extend {NAME}") as refused:
        bench.open("testtoken", run_id=run_id)
    assert refused.value.reason == "expired"
    assert bench.registry.refused == {"expired": 1}


def test_what_is_gone_is_forgotten_after_a_month(bench: Bench) -> None:
    bench.open("testtoken")
    bench.pass_time(72 * HOUR)
    bench.pass_time(REMEMBERED + 1)
    assert bench.registry.find(HOST, "/") is None
    bench.restart()
    assert bench.open("testtoken").since == bench.now


def test_its_end_is_announced_once(bench: Bench) -> None:
    bench.open("testtoken")
    (entry,) = bench.registry
    bench.pass_time(71 * HOUR - 1)
    assert not entry.ending(bench.now)
    told: list[float] = []
    bench.book.on_change = lambda _entry: told.append(bench.now)
    bench.pass_time(1)
    assert entry.ending(bench.now)
    bench.pass_time(1)
    assert told == [START + 71 * HOUR]


def test_a_short_share_is_ending_in_its_last_tenth(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, lifetime=600))
    bench.open()
    (entry,) = bench.registry
    assert not entry.ending(START + 539)
    assert entry.ending(START + 540)


def test_extending_adds_to_the_end(bench: Bench) -> None:
    share = bench.open("testtoken")
    bench.steering.extend(NAME, 24 * HOUR)
    assert share.expires == START + 96 * HOUR
    bench.steering.extend(NAME, None)
    assert share.expires is None
    bench.restart()
    assert bench.open("testtoken").expires is None


def test_extending_what_has_expired_lets_it_come_back(bench: Bench) -> None:
    bench.open("testtoken")
    bench.pass_time(72 * HOUR)
    bench.steering.extend(NAME, 2 * HOUR)
    share = bench.open("testtoken", run_id="given before")
    assert share.expires == bench.now + 2 * HOUR
    assert bench.registry.find(HOST, "/") is share


def test_a_kicked_share_is_gone_and_stays_gone(bench: Bench) -> None:
    client = Client()
    bench.open("testtoken", client)
    bench.steering.kick(NAME)
    bench.registry.closed(client)
    assert bench.registry.find(HOST, "/") == Gone(Why.ENDED, START)
    assert client.ended
    with pytest.raises(Refused, match="was ended"):
        bench.open("testtoken")


def test_a_readable_name_may_be_started_anew_by_its_key_but_not_by_a_reconnect(
    bench: Bench,
) -> None:
    token = f"chat:{bench.key('ada').secret}"
    bench.open(token)
    bench.pass_time(72 * HOUR)
    with pytest.raises(Refused, match="start it anew"):
        bench.open(token, run_id="given before")
    share = bench.open(token)
    assert (share.since, share.name) == (bench.now, "chat")


def test_names_of_another_domain_follow_it(bench: Bench) -> None:
    share = bench.open("testtoken")
    bench.book.apply(Rules(domain="s.example.net", scheme="https", port=8443))
    assert share.url == f"https://{NAME}.s.example.net:8443"
    assert bench.registry.find(f"{NAME}.s.example.net", "/") is share
    assert bench.registry.find(HOST, "/") is None


def test_without_rules_nothing_is_shared_and_nothing_is_lost(bench: Bench) -> None:
    bench.open("testtoken")
    bench.book.apply(None)
    assert bench.registry.find(HOST, "/") is None
    with pytest.raises(Refused, match="nothing is shared"):
        bench.open("testtoken")
    bench.book.apply(ANYONE)
    assert bench.open("testtoken").since == START


def test_traffic_is_counted_over_restarts(bench: Bench) -> None:
    share = bench.open("testtoken")
    share.traffic.requests, share.traffic.sent = 3, 1000
    bench.book.unwritten([NAME])
    bench.restart()
    (entry,) = bench.registry
    entry.share.traffic.sent = 24
    assert (entry.before.requests, entry.bytes) == (3, 1024)
