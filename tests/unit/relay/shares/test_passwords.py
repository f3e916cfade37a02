"""Passwords of links: how clients bring them, how the operator puts them on, what is kept."""

import pytest

from appliance.relay.names import hashed
from appliance.relay.registrar import Refused
from appliance.relay.share import Share
from appliance.relay.shares.failures import UnknownKeyError
from tests.unit.relay.shares.bench import TOKEN, Bench, Client

PASSWORD = "open sesame: #1"


def opens(share: Share, password: str) -> bool:
    return share.lock is not None and share.lock.opens(password)


def test_a_password_comes_behind_the_token_and_is_no_part_of_the_name(bench: Bench) -> None:
    share = bench.open(f"{TOKEN}#{PASSWORD}")
    assert opens(share, PASSWORD)
    assert not opens(share, "another one")
    # Else whoever has the link could try passwords out on its name.
    assert share.name == hashed(TOKEN)
    assert bench.open(TOKEN) is share
    assert share.lock is None


def test_it_comes_behind_a_key_too(bench: Bench) -> None:
    key = bench.key("ada")
    share = bench.open(f"chat:{key.secret}#{PASSWORD}")
    assert share.name == "chat"
    assert opens(share, PASSWORD)


@pytest.mark.parametrize("where", ["proxy", "login"])
def test_upstream_clients_say_it_in_their_metadata(bench: Bench, where: str) -> None:
    said = {"metas": {"password": PASSWORD}}
    proxy, login = (said, {}) if where == "proxy" else ({}, said)
    share = bench.upstream(proxy={"subdomain": "board", **proxy}, **login)
    assert opens(share, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_one_that_is_soon_guessed_is_refused_in_words_without_it(
    bench: Bench, password: str
) -> None:
    with pytest.raises(Refused, match="8 to 200 characters") as refused:
        bench.open(f"{TOKEN}#{password}")
    assert not password or password not in refused.value.text
    assert list(bench.registry) == []


def test_the_operators_counts_until_it_is_taken_back(bench: Bench) -> None:
    share = bench.open(f"{TOKEN}#{PASSWORD}")
    _, password = bench.steering.protect(share.name)
    assert opens(share, password)
    assert not opens(share, PASSWORD)
    bench.open(f"{TOKEN}#{PASSWORD}", Client())
    assert opens(share, password)
    bench.steering.unprotect(share.name)
    assert opens(share, PASSWORD)


def test_each_of_the_operators_is_another_one(bench: Bench) -> None:
    share = bench.open()
    first, second = (bench.steering.protect(share.name)[1] for _ in range(2))
    assert first != second
    assert not opens(share, first)
    assert opens(share, second)


def test_a_restart_keeps_the_operators_and_needs_the_clients_again(bench: Bench) -> None:
    one = bench.open("one")
    _, password = bench.steering.protect(one.name)
    bench.open(f"two#{PASSWORD}")
    passes = [share.lock.stamped(bench.now) for share in (one, bench.open(f"two#{PASSWORD}"))]
    bench.restart()
    stored = (bench.folder / "relay.db").read_bytes()
    assert PASSWORD.encode() not in stored
    assert password.encode() not in stored
    shares = bench.open("one"), bench.open(f"two#{PASSWORD}")
    assert opens(shares[0], password)
    assert opens(shares[1], PASSWORD)
    # Visitors who have typed it need not do so again.
    assert all(s.lock.admits(p, bench.now) for s, p in zip(shares, passes, strict=True))


def test_all_shares_of_a_key_carry_its_password_those_to_come_too(bench: Bench) -> None:
    key = bench.key("ada")
    before, other = bench.open(f"chat:{key.secret}"), bench.open()
    _, password = bench.protect_key("ada")
    after = bench.open(f"board:{key.secret}")
    assert opens(before, password)
    assert opens(after, password)
    assert other.lock is None
    bench.steering.lock_key(bench.steering.unprotected_key("ada"))
    assert before.lock is after.lock is None


def test_a_links_own_password_counts_in_place_of_its_keys(bench: Bench) -> None:
    key = bench.key("ada")
    _, of_key = bench.protect_key("ada")
    brought = bench.open(f"chat:{key.secret}#{PASSWORD}")
    put_on = bench.open(f"board:{key.secret}")
    _, of_link = bench.steering.protect(put_on.name)
    assert opens(brought, PASSWORD)
    assert opens(put_on, of_link)
    assert not any(opens(share, of_key) for share in (brought, put_on))
    bench.steering.unprotect(put_on.name)
    assert opens(put_on, of_key)


def test_a_restart_keeps_the_password_of_a_key_but_not_its_text(bench: Bench) -> None:
    key = bench.key("ada")
    protected, password = bench.protect_key("ada")
    given = bench.open(f"chat:{key.secret}").lock
    assert given is not None
    visitors_pass = given.stamped(bench.now)
    bench.restart()
    assert password.encode() not in (bench.folder / "relay.db").read_bytes()
    assert password not in repr(protected)
    entry = bench.book.get("chat")
    assert entry is not None
    away = entry.share
    assert opens(away, password)
    again = bench.open(f"chat:{key.secret}")
    assert again.lock is not None
    assert again.lock.admits(visitors_pass, bench.now)


@pytest.mark.parametrize("name", ["nobody", "revoked"])
def test_there_is_no_password_for_a_key_that_is_not_valid(bench: Bench, name: str) -> None:
    bench.key("revoked")
    bench.steering.revoke("revoked")
    with pytest.raises(UnknownKeyError):
        bench.steering.protected_key(name)
    with pytest.raises(UnknownKeyError):
        bench.steering.unprotected_key(name)


def test_nobody_is_asked_for_the_password_of_a_key_before_it_is_kept(bench: Bench) -> None:
    """Else a full disk would lock visitors out with a password that nobody was told."""
    share = bench.open(f"chat:{bench.key('ada').secret}")
    bench.steering.protected_key("ada")
    assert share.lock is None


def test_a_key_that_was_revoked_or_made_anew_meanwhile_is_not_brought_back(bench: Bench) -> None:
    bench.key("ada")
    protected, _ = bench.steering.protected_key("ada")
    bench.steering.revoke("ada")
    bench.steering.lock_key(protected)
    known = bench.book.keys.named("ada")
    assert known is not None
    assert known.revoked is not None
    bench.key("ada")
    bench.steering.lock_key(protected)
    known = bench.book.keys.named("ada")
    assert known is not None
    assert known.password is None
