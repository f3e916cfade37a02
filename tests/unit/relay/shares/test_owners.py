"""Whose a name is, and who may share at all."""

from dataclasses import replace

import pytest

from appliance.relay.names import Dialect
from appliance.relay.registrar import Attempt, Refused
from appliance.relay.shares.wanted import label_of
from appliance.relay.wire.messages import Login, NewProxy
from tests.unit.relay.shares.bench import ANYONE, DOMAIN, Bench, Client

KEYS_ONLY = replace(ANYONE, who_can_share="key")


def test_the_newest_registration_of_a_token_wins(bench: Bench) -> None:
    old, new = Client(), Client()
    share = bench.open("token", old)
    assert bench.open("token", new) is share
    assert share.upstream is new
    assert len(old.ended) == 1
    bench.registry.closed(old)
    assert share.upstream is new
    assert bench.registry.connected == 1


def test_a_client_that_replaces_itself_is_not_ended(bench: Bench) -> None:
    old = Client()
    bench.open("token", old)
    bench.open("token", run_id=old.run_id)
    assert old.ended == []
    assert old.superseded
    bench.registry.closed(old)
    assert bench.registry.connected == 1


def test_a_readable_name_belongs_to_its_key(bench: Bench) -> None:
    ada, eve = bench.key("ada"), bench.key("eve")
    client = Client()
    share = bench.open(f"chat:{ada.secret}", client)
    assert (share.name, share.url, share.owner) == ("chat", f"http://chat.{DOMAIN}", "key:ada")
    with pytest.raises(Refused, match="belongs to somebody else"):
        bench.open(f"chat:{eve.secret}")
    bench.registry.closed(client)
    bench.restart()
    with pytest.raises(Refused, match="belongs to somebody else"):
        bench.open(f"chat:{eve.secret}")
    assert bench.open(f"Chat:{ada.secret}").name == "chat"


def test_the_name_of_a_revoked_key_is_free(bench: Bench) -> None:
    ada, eve = bench.key("ada"), bench.key("eve")
    client = Client()
    bench.open(f"chat:{ada.secret}", client)
    bench.steering.revoke("ada")
    assert client.ended
    with pytest.raises(Refused, match="not valid"):
        bench.open(f"chat:{ada.secret}")
    assert bench.open(f"chat:{eve.secret}").owner == "key:eve"


def test_a_secret_token_stays_its_owners_with_a_key_or_without(bench: Bench) -> None:
    door = bench.key("ada").label
    first = bench.open("token")
    assert bench.open("token", server_name=f"{door}.{DOMAIN}") is first


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "a.b", "a_b", "x" * 64, "ada63e98fe50eccb55", "key-" + "a" * 32]
)
def test_what_cannot_be_a_name_is_refused(bench: Bench, name: str) -> None:
    key = bench.key("ada")
    with pytest.raises(Refused) as refused:
        bench.open(f"{name}:{key.secret}")
    assert refused.value.reason == "name"
    assert key.secret not in refused.value.text


def test_a_key_in_the_place_of_a_name_is_not_repeated(bench: Bench) -> None:
    key = bench.key("ada")
    for token in (f"{key.secret}:chat", f"{key.secret}:{key.secret}"):
        with pytest.raises(Refused) as refused:
            bench.open(token)
        assert key.secret not in refused.value.text


def test_gradios_oldest_client_keeps_its_name_while_it_is_known(bench: Bench) -> None:
    oldest = NewProxy(proxy_name="random", proxy_type="http")
    first, second = Client(), Client()
    one = bench.register(oldest, Dialect.GRADIO_OLDEST, first)
    two = bench.register(oldest, Dialect.GRADIO_OLDEST, second)
    assert one.name != two.name
    again = bench.register(oldest, Dialect.GRADIO_OLDEST, None, run_id=first.run_id)
    assert again is one


HANDLES = {
    "nothing": lambda _key: {},
    "token with key": lambda key: {"token": f"chat:{key.secret}"},
    "label": lambda key: {"token": "t", "server_name": f"{key.label}.{DOMAIN}"},
    "label and name": lambda key: {"token": "chat:", "server_name": f"{key.label}.{DOMAIN}"},
    "wrong key": lambda _key: {"token": "chat:key-" + "a" * 32},
    "no key": lambda _key: {"token": "chat:secret"},
    "wrong label": lambda _key: {"server_name": f"door-{'a' * 26}.{DOMAIN}"},
    "other host": lambda _key: {"server_name": f"relay.{DOMAIN}"},
    "label elsewhere": lambda key: {"server_name": f"{key.label}.example.net"},
}


@pytest.mark.parametrize("state", ["valid", "revoked"])
@pytest.mark.parametrize("rules", [ANYONE, KEYS_ONLY], ids=["anyone", "key"])
@pytest.mark.parametrize("handle", HANDLES)
def test_who_may_share(bench: Bench, handle: str, rules, state: str) -> None:
    revoked = state == "revoked"
    bench.book.apply(rules)
    key = bench.key("ada")
    if revoked:
        bench.steering.revoke("ada")
    shows_valid = handle in ("token with key", "label", "label and name") and not revoked
    shows_bad = handle in ("wrong key", "no key", "wrong label") or (
        handle in ("token with key", "label", "label and name") and revoked
    )
    allowed = shows_valid or (not shows_bad and rules is ANYONE)
    given = HANDLES[handle](key)
    if allowed:
        share = bench.open(**given)
        (entry,) = bench.registry
        assert entry.key == ("ada" if shows_valid else None)
        assert share.name == ("chat" if ":" in given.get("token", "") else share.name)
    else:
        with pytest.raises(Refused) as refused:
            bench.open(**given)
        assert refused.value.reason == "key"
        assert key.secret not in refused.value.text


def test_a_label_without_tls_proves_nothing(bench: Bench) -> None:
    key = bench.key("ada")
    attempt = Attempt("203.0.113.7", f"{key.label}.{DOMAIN}", False, Login())
    assert label_of(attempt, DOMAIN) is None


def test_keys_survive_a_restart_and_remember_their_last_use(bench: Bench) -> None:
    key = bench.key("ada")
    bench.restart()
    bench.pass_time(5)
    bench.open(f"chat:{key.secret}")
    bench.restart()
    ada = bench.book.keys.named("ada")
    assert ada is not None
    assert ada.used == bench.now
    assert key.secret.encode() not in (bench.folder / "relay.db").read_bytes()
