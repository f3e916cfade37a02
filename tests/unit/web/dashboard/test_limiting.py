"""Limits of a key, on its form."""

import pytest

from appliance.relay.model import KeyLimitsAsked
from appliance.web.dashboard import limiting
from appliance.web.dashboard.places import KEY_LIMITS, KEYS
from appliance.web.dashboard.wording import LIFETIMES
from tests.running import machine
from tests.running.house import House

LIMITS = {
    "shares": 3, "lifetime": 7200.0, "requests": 0.5, "traffic": 5 * 2**30, "total_requests": 20.0,
    "total_traffic": 1234, "connections": 9,
}  # fmt: skip
PAGE = f"{KEY_LIMITS}?name=bob"


@pytest.fixture
def limited(house: House) -> House:
    house.noted.held = (machine.key("bob", **LIMITS), machine.key("gone", revoked=1.0))
    return house


def test_a_form_that_is_sent_as_it_came_changes_nothing(limited: House) -> None:
    tab = limited.signed_in()
    tab.open(PAGE)
    assert tab.says('<option value="7200" selected>2 h</option>')
    tab.submit(KEY_LIMITS, expires="7200")
    assert limited.noted.asked == [("change-key", "bob", LIMITS)]
    assert tab.url == f"{KEYS}?done=key-limited"
    assert tab.says("other limits from now on")
    assert "key.limited" in limited.events()


def test_what_is_emptied_is_as_the_yaml_says_and_the_rest_as_it_is_written(limited: House) -> None:
    tab = limited.signed_in()
    tab.open(PAGE)
    others = {"requests": "", "total_requests": "", "total_traffic": "", "connections": ""}
    tab.submit(KEY_LIMITS, shares="1", expires="none", traffic=" 1.5 GB ", **others)
    told = {"shares": 1, "lifetime": "none", "traffic": 3 * 2**29}
    assert limited.noted.asked == [("change-key", "bob", told)]


@pytest.mark.parametrize(
    "field",
    [
        {"shares": "0"},
        {"shares": "many"},
        {"expires": "7201"},
        {"requests": "0"},
        {"total_requests": "inf"},
        {"requests": "nan"},
        {"traffic": "a lot"},
        {"total_traffic": "0"},
        {"connections": "1000000"},
    ],
)
def test_what_is_no_limit_is_refused(limited: House, field: dict[str, str]) -> None:
    tab = limited.signed_in()
    tab.open(PAGE)
    tab.submit(KEY_LIMITS, **field)
    assert tab.page.status_code == 422
    assert tab.says("Not a limit")
    assert limited.noted.asked == []


@pytest.mark.parametrize("name", ["nobody", "gone", ""])
def test_a_key_that_is_not_there_has_no_form(limited: House, name: str) -> None:
    tab = limited.signed_in()
    assert tab.open(f"{KEY_LIMITS}?name={name}").status_code == 404
    tab.open(PAGE)
    tab.submit(KEY_LIMITS, name=name)
    assert tab.page.status_code == 404
    assert limited.noted.asked == []


def test_the_list_of_keys_leads_there(limited: House) -> None:
    assert f'href="{PAGE}"' in limited.signed_in().open(KEYS).text


@pytest.mark.parametrize("lifetime", ["none", 3600.0, None])
def test_lifetimes_that_are_offered_are_not_offered_twice(lifetime: object) -> None:
    assert limiting._offered(machine.key("bob", lifetime=lifetime)) == LIFETIMES


def test_each_limit_of_a_key_has_its_field() -> None:
    assert set(limiting.read(lambda _: "", {})) == set(KeyLimitsAsked.model_fields)
    assert set(limiting.written(machine.key("bob"))) == set(limiting.NONE)
    assert limiting.written(machine.key("bob")) == limiting.NONE


def test_a_new_key_may_have_all_of_them(house: House) -> None:
    tab = house.signed_in()
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", name="lab", total_traffic="20g", connections="5")
    (made,) = house.noted.made
    assert (made.total_traffic, made.connections, made.traffic) == (20 * 2**30, 5, None)
