"""How links and keys look on a terminal."""

import time

import pytest
import typer

from appliance.cli import keys, shares
from appliance.cli._relay import bytes_of, lifetime
from appliance.config.schema import Config
from appliance.relay.model import KeyStatus, ShareStatus

NOW = time.time()


def share(**more):
    return ShareStatus.model_validate({
        "name": "chat", "url": "http://chat.share.localhost:8080", "owner": "ada",
        "client": "gradio", "address": "203.0.113.7", "state": "live", "since": NOW - 7200,
        "expires": NOW + 3 * 3600 + 1, "ending": False, "seen": NOW, "requests": 12, "open": 0,
        "errors": 0, "visitors": 37, "received": 0, "sent": 5 * 2**20, "password": False,
        **more,
    })  # fmt: skip


def test_a_link_is_told_with_its_owner_and_its_end(printed):
    text = printed(shares.table([share()], NOW))
    for word in (
        "http://chat.share.localhost:8080",
        "live",
        "ada",
        "2 h",
        "in 3 h",
        "37",
        "12",
        "5 MB",
    ):
        assert word in text


def test_one_without_a_key_is_told_by_its_address(printed):
    assert "203.0.113.7" in printed(shares.table([share(owner="token")], NOW))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"expires": None}, "never"),
        ({"state": "expired"}, "expired"),
        ({"state": "ended"}, "ended"),
        ({"password": True}, "+password"),
    ],
)
def test_the_end_is_in_words(printed, more, word):
    assert word in printed(shares.table([share(**more)], NOW))


@pytest.mark.parametrize(("text", "seconds"), [("24h", 86_400.0), ("none", "none")])
def test_a_lifetime_is_written_as_in_the_yaml(text, seconds):
    assert lifetime(text) == seconds


def test_another_lifetime_is_wrong_usage():
    with pytest.raises(typer.BadParameter, match="such as 72h"):
        lifetime("tomorrow")


@pytest.mark.parametrize(("text", "size"), [(None, None), ("1b", 1), ("20g", 20 * 2**30)])
def test_bytes_are_written_as_in_the_yaml(text, size):
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["much", "0", "-1"])
def test_other_bytes_are_wrong_usage(text):
    with pytest.raises(typer.BadParameter, match="expected"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("option", "limit"),
    [("traffic", "traffic"), ("--total-requests", "total_requests"), ("expires", "lifetime")],
)
def test_a_limit_is_unset_by_the_name_of_its_option(option, limit):
    assert keys._limit(option) == limit


def test_what_is_no_limit_cannot_be_unset():
    with pytest.raises(typer.BadParameter, match="'password' is no limit"):
        keys._limit("password")


def key(**more):
    return KeyStatus.model_validate({
        "name": "ada", "made": NOW - 3600, "used": None, "revoked": None, "shares": 2,
        "lifetime": 86_400.0, "requests": 1.5, "open": 1, "password": False, **more,
    })  # fmt: skip


def test_a_key_is_told_with_its_limits(printed):
    text = printed(keys.table([key()], NOW))
    assert "1 h ago" in text
    assert "never" in text
    assert "2 open, expire after 1 d, 1.5 requests/s" in text
    more = {"traffic": 5 * 2**30, "total_requests": 9.0, "total_traffic": 2**30, "connections": 7}
    wide = " ".join(printed(keys.table([key(**more)], NOW)).split())
    assert "5.0 GB a day, 9 requests/s in all, 1.0 GB a day in all, 7 requests at once" in wide
    assert "password" not in text
    assert "password" in printed(keys.table([key(password=True)], NOW))
    assert "revoked" in printed(keys.table([key(revoked=NOW)], NOW))


def test_a_new_key_comes_with_what_to_write(capsys):
    made = {"name": "ada", "secret": "key-x", "label": "door-y", "password": "abcd-efgh"}
    config = Config.model_validate({"domain": "a.org", "share": {"port": 7001}})
    keys._show(made, config)
    text = capsys.readouterr().out
    assert text.startswith("key-x\n")
    assert "password abcd-efgh" in text
    assert 'demo.share_token = "name:key-x"' in text
    assert 'demo.launch(share=True, share_server_address="share.a.org:7001"' in text
    assert 'share_server_protocol="https"' in text
    assert "door-y.share.a.org:7001" in text
    assert "https://a.org/share.pem" in text


def test_in_local_mode_there_is_no_secret_address(capsys):
    keys._show(
        {"name": "ada", "secret": "key-x", "label": "door-y", "password": None},
        Config.model_validate({"share": {}}),
    )
    text = capsys.readouterr().out
    assert 'share_server_address="localhost:7000"' in text
    assert "door-y" not in text
