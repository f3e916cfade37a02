"""Keys, and whose shares are whose."""

import pytest

from appliance.web.dashboard.keys import own_keys
from appliance.web.dashboard.places import KEYS, SHARES, SHARING
from tests.running import machine
from tests.running.house import House

LATER = 2e9
"""Seconds; after every account here was made."""
SECRET = "key-" + "a" * 32


@pytest.fixture
def shared(house: House) -> House:
    """Where bob has a key, a share with it and the name of a former one."""
    house.noted.held = (machine.key("bob", made=LATER), machine.key("ada", made=0.0))
    house.noted.shared = (
        machine.share("bobs", owner="bob", expires=house.clock() + 60),
        machine.share("former", owner="bob", state="expired"),
        machine.share("adas", owner="ada", expires=LATER),
    )
    return house


def test_a_key_is_shown_once_in_the_lines_that_use_it(house: House) -> None:
    tab = house.signed_in()
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", name=" Lab ", shares="3", expires="86400")
    assert house.noted.asked == [("make-key", "lab", 3, 86400.0)]
    assert tab.says(f"my-app:{SECRET}")
    assert tab.says("not shown again")
    assert SECRET not in tab.url
    assert SECRET not in tab.open(KEYS).text
    assert "key.created" in house.events()


@pytest.mark.parametrize(
    "fields", [{"name": "No Name!"}, {"name": "x", "shares": "0"}, {"name": "x", "expires": "7"}]
)
def test_what_is_no_key_is_refused(house: House, fields: dict[str, str]) -> None:
    tab = house.signed_in()
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", **fields)
    assert tab.page.status_code == 422
    assert house.noted.asked == []


def test_a_name_that_is_taken_is_told(shared: House) -> None:
    tab = shared.signed_in()
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", name="bob")
    assert tab.page.status_code == 409
    assert tab.says("There is a key")


def test_a_key_is_revoked_after_a_question(shared: House) -> None:
    tab = shared.signed_in()
    tab.open(KEYS)
    token = tab.form(f"{KEYS}/make")["fields"]["form-token"]
    tab.page = tab.client.post(f"{KEYS}/revoke", data={"form-token": token, "name": "bob"})
    assert tab.says("Revoke the key bob?")
    tab.submit(f"{KEYS}/revoke")
    assert shared.noted.asked == [("revoke-key", "bob")]
    assert tab.url == f"{KEYS}?done=key-revoked"


def test_others_see_and_steer_what_is_shared_with_their_key(shared: House) -> None:
    tab = shared.signed_in("bob")
    page = tab.open(SHARES).text
    assert "http://bobs.share" in page
    assert "http://adas.share" not in page
    assert "former" in tab.open(f"{SHARES}?past=yes").text
    tab.submit(f"{SHARES}/extend", name="bobs", by="3600")
    assert shared.noted.asked == [("extend", "bobs", 3600.0)]
    for verb in ("kick", "extend"):
        token = tab.open(SHARES) and tab.form(f"{SHARES}/extend")["fields"]["form-token"]
        fields = {"form-token": token, "name": "adas", "by": "3600"}
        assert tab.client.post(f"{SHARES}/{verb}", data=fields).status_code == 403
    assert len(shared.noted.asked) == 1


@pytest.mark.parametrize(
    ("lifetime", "allowed"),
    [(None, "86400"), (90_000.0, "86400"), (80_000.0, "3600"), ("none", "none")],
)
def test_nobody_gives_his_own_share_more_time_than_his_key_has(
    shared: House, lifetime: object, allowed: str
) -> None:
    shared.noted.held = (machine.key("bob", made=LATER, lifetime=lifetime),)
    tab = shared.signed_in("bob")
    tab.open(SHARES)
    token = tab.form(f"{SHARES}/extend")["fields"]["form-token"]
    for by in ("none", "604800", "86400", "3600"):
        fields = {"form-token": token, "name": "bobs", "by": by}
        if tab.client.post(f"{SHARES}/extend", data=fields).status_code != 403:
            break
    assert by == allowed


def test_an_account_made_after_a_key_does_not_get_it(shared: House) -> None:
    late = shared.person("late")
    assert own_keys(late, [machine.key("late", made=late.created - 1)]) == frozenset()
    assert own_keys(late, [machine.key("late", made=late.created + 1)]) == {"late"}
    assert own_keys(late, [machine.key("late", made=LATER, revoked=LATER)]) == frozenset()
    assert own_keys(None, [machine.key("late", made=LATER)]) == frozenset()


def test_nobody_is_called_like_shares_without_a_key(shared: House) -> None:
    shared.noted.held = (machine.key("token", made=LATER),)
    shared.noted.shared = (machine.share("stranger", owner="token"),)
    shared.person("token")
    assert "http://stranger.share" not in shared.signed_in("token").open(SHARES).text


def test_the_page_for_laptops_knows_who_has_a_key(shared: House) -> None:
    shared.yaml(apps={}, share={"who_can_share": "key"})
    assert "<strong>bob</strong>" in shared.signed_in("bob").open(SHARING).text
    assert KEYS in shared.signed_in().open(SHARING).text
