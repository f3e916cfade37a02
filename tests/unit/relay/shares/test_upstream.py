"""Clients of upstream frp: names, hosts and paths they may ask for."""

from dataclasses import replace

import pytest

from appliance.relay.registrar import Refused
from tests.unit.relay.shares.bench import ANYONE, DOMAIN, HOUR, Bench, Client

KEYS_ONLY = replace(ANYONE, who_can_share="key", tokens=("team secret",))


@pytest.mark.parametrize("handle", ["proxy", "login", "user"])
def test_a_key_may_be_shown_in_three_places(bench: Bench, handle: str) -> None:
    bench.book.apply(KEYS_ONLY)
    secret = bench.key("ada").secret
    proxy: dict = {"subdomain": "board"}
    more: dict = {}
    if handle == "proxy":
        proxy["metas"] = {"key": secret}
    elif handle == "login":
        more["metas"] = {"key": secret}
    else:
        proxy["proxy_name"], more["user"] = f"{secret}.web", secret
    share = bench.upstream(proxy=proxy, **more)
    assert (share.name, share.owner) == ("board", "key:ada")
    assert share.hosts == (f"board.{DOMAIN}",)
    assert secret not in repr(share)


def test_the_teams_token_is_enough(bench: Bench) -> None:
    bench.book.apply(KEYS_ONLY)
    with pytest.raises(Refused, match="holders of a key"):
        bench.upstream(proxy={"subdomain": "board"})
    assert bench.upstream(proxy={"subdomain": "board"}, token="team secret").name == "board"


def test_without_a_key_a_name_belongs_to_an_address(bench: Bench) -> None:
    bench.upstream(proxy={"subdomain": "board"}, address="203.0.113.7")
    with pytest.raises(Refused, match="belongs to somebody else"):
        bench.upstream(proxy={"subdomain": "board"}, address="203.0.113.8")
    assert bench.upstream(proxy={"subdomain": "board"}, address="203.0.113.7")


def test_a_machine_that_changes_its_address_within_its_network_keeps_its_names(
    bench: Bench,
) -> None:
    one = bench.upstream(proxy={"subdomain": "board"}, address="2001:db8::1")
    hashed = bench.upstream(proxy={"proxy_name": "other"}, address="2001:db8::1")
    again = {"address": "2001:db8::2"}
    assert bench.upstream(proxy={"subdomain": "board"}, **again) is one
    assert bench.upstream(proxy={"proxy_name": "other"}, **again) is hashed
    with pytest.raises(Refused, match="belongs to somebody else"):
        bench.upstream(proxy={"subdomain": "board"}, address="2001:db8:0:1::1")


def test_without_a_wish_the_name_is_stable_and_the_owners_own(bench: Bench) -> None:
    one = bench.upstream(proxy={}, address="203.0.113.7")
    other = bench.upstream(proxy={}, address="203.0.113.8")
    assert one.name != other.name
    assert bench.upstream(proxy={}, address="203.0.113.7") is one


def test_hosts_must_be_below_the_share_domain(bench: Bench) -> None:
    share = bench.upstream(proxy={"custom_domains": [f"A.{DOMAIN}", f"b.{DOMAIN}"]})
    assert share.hosts == (f"a.{DOMAIN}", f"b.{DOMAIN}")
    for host in ("example.net", DOMAIN, f"a.b.{DOMAIN}", f"*.{DOMAIN}"):
        with pytest.raises(Refused) as refused:
            bench.upstream(proxy={"custom_domains": [host]})
        assert refused.value.reason == "name"


def test_paths_of_one_host_are_found_by_the_longest(bench: Bench) -> None:
    whole = bench.upstream(proxy={"subdomain": "board"})
    api = bench.upstream(proxy={"subdomain": "board", "locations": ["/api"]})
    assert (api.name, api.url) == ("board/api", f"http://board.{DOMAIN}/api")
    find = bench.registry.find
    assert find(f"board.{DOMAIN}", "/api/x") is api
    assert find(f"board.{DOMAIN}", "/other") is whole
    bench.steering.kick("board/api")
    assert find(f"board.{DOMAIN}", "/other") is whole


def test_two_names_cannot_have_the_same_place(bench: Bench) -> None:
    bench.upstream(proxy={"custom_domains": [f"a.{DOMAIN}", f"b.{DOMAIN}"]})
    with pytest.raises(Refused, match="belongs to the share 'a'"):
        bench.upstream(proxy={"subdomain": "b"})


@pytest.mark.parametrize("state", ["connected", "away", "expired"])
def test_a_host_has_one_owner_at_all_its_paths(bench: Bench, state: str) -> None:
    """Who had one path of somebody's host would get his visitors' cookies and passwords."""
    ada, eve = bench.key("ada"), bench.key("eve")
    client = Client()
    bench.open(f"chat:{ada.secret}", client)
    if state == "away":
        bench.registry.closed(client)
    elif state == "expired":
        bench.pass_time(73 * HOUR)
    inside = {"subdomain": "chat", "locations": ["/login"]}
    second = {"custom_domains": [f"mine.{DOMAIN}", f"chat.{DOMAIN}"], "locations": ["/login"]}
    for proxy in (inside, second):
        for metas in ({}, {"metas": {"key": eve.secret}}):
            with pytest.raises(Refused, match="'chat' belongs to somebody else"):
                bench.upstream(proxy={**proxy, **metas})
    assert bench.upstream(proxy={**inside, "metas": {"key": ada.secret}}).name == "chat/login"


def test_who_has_a_path_of_a_host_has_the_host(bench: Bench) -> None:
    ada, eve = bench.key("ada"), bench.key("eve")
    inside = {"subdomain": "chat", "locations": ["/login"], "metas": {"key": eve.secret}}
    bench.upstream(proxy=inside)
    with pytest.raises(Refused, match="belongs to somebody else"):
        bench.open(f"chat:{ada.secret}")
    bench.steering.revoke("eve")
    share = bench.open(f"chat:{ada.secret}")
    assert bench.registry.find(f"chat.{DOMAIN}", "/login") is share


def test_what_it_wants_of_requests_is_kept(bench: Bench) -> None:
    share = bench.upstream(
        proxy={"host_header_rewrite": "inside", "headers": {"X-A": "1"}, "http_pwd": "hidden"}
    )
    assert share.options.host == "inside"
    assert share.options.request_headers == {"X-A": "1"}
    assert "hidden" not in repr(share)
    with pytest.raises(Refused, match="cannot be sent"):
        bench.upstream(proxy={"headers": {"X-A": "1\r\nX-B: 2"}})


def test_an_upstream_client_that_is_replaced_is_told(bench: Bench) -> None:
    old = Client()
    bench.upstream(old, proxy={"subdomain": "board"})
    bench.upstream(proxy={"subdomain": "board"})
    assert old.ended == ["the same share was opened again elsewhere"]
