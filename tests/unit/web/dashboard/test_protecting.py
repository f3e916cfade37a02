"""Passwords of links: made after a question, shown once, taken back."""

import pytest

from appliance.web.dashboard.places import KEYS, LINK_PASSWORD, SHARES
from tests.running import machine
from tests.running.house import House
from tests.running.machine import LINK_PASSWORD as PASSWORD
from tests.running.tab import Tab

LATER = 2e9


@pytest.fixture
def shared(house: House) -> House:
    """Where bob has a key and a share, and ada a share on which there is a password."""
    house.noted.held = (machine.key("bob", made=LATER), machine.key("ada", password=True))
    house.noted.shared = (
        machine.share("bobs", owner="bob", expires=LATER),
        machine.share("adas", owner="ada", expires=LATER, password=True, protected=True),
    )
    return house


def asked_to(tab: Tab, page: str, verb: str, name: str) -> None:
    """The button beside a row of that name."""
    tab.open(page)
    form = tab.form(f"{SHARES}/extend" if page == SHARES else f"{KEYS}/make")
    fields = {"form-token": form["fields"]["form-token"], "name": name}
    tab.page = tab.client.post(f"{page}/{verb}", data=fields)


@pytest.mark.parametrize(
    ("page", "name", "verb"), [(SHARES, "bobs", "protect"), (KEYS, "bob", "protect-key")]
)
def test_a_password_is_made_after_a_question_and_shown_once(
    shared: House, page: str, name: str, verb: str
) -> None:
    tab = shared.signed_in()
    asked_to(tab, page, "protect", name)
    assert tab.says("Ask for a password on")
    assert shared.noted.asked == []
    tab.submit(f"{page}/protect")
    assert shared.noted.asked == [(verb, name)]
    assert tab.says(PASSWORD)
    assert tab.says("not shown again")
    assert tab.url.startswith(LINK_PASSWORD)
    assert PASSWORD not in tab.url
    assert PASSWORD not in tab.open(page).text
    event = "share.protected" if page == SHARES else "key.protected"
    assert event in shared.events()
    # Whoever else gets hold of the address sees nothing.
    other = shared.signed_in("bob")
    assert other.open(f"{LINK_PASSWORD}?once=guessed").status_code == 410


@pytest.mark.parametrize(
    ("page", "name", "verb"), [(SHARES, "adas", "unprotect"), (KEYS, "ada", "unprotect-key")]
)
def test_it_is_taken_back(shared: House, page: str, name: str, verb: str) -> None:
    tab = shared.signed_in()
    asked_to(tab, page, "unprotect", name)
    assert shared.noted.asked == [(verb, name)]
    assert tab.page.headers["location"].endswith("unprotected")


def test_the_pages_say_what_asks_for_a_password(shared: House) -> None:
    tab = shared.signed_in()
    page = tab.open(SHARES).text
    assert 'aria-label="New password for adas"' in page
    assert 'aria-label="Password for bobs"' in page
    assert "No password for adas" in page
    assert "No password for bobs" not in page


def test_others_protect_their_own_shares_alone(shared: House) -> None:
    tab = shared.signed_in("bob")
    asked_to(tab, SHARES, "protect", "bobs")
    tab.submit(f"{SHARES}/protect")
    assert tab.says(PASSWORD)
    tab.open(SHARES)
    token = tab.form(f"{SHARES}/extend")["fields"]["form-token"]
    for verb in ("protect", "unprotect"):
        fields = {"form-token": token, "name": "adas", "sure": "yes"}
        assert tab.client.post(f"{SHARES}/{verb}", data=fields).status_code == 403
        fields["name"] = "bob"
        assert tab.client.post(f"{KEYS}/{verb}", data=fields).status_code == 403
    assert shared.noted.asked == [("protect", "bobs")]


def test_a_new_key_may_come_with_a_password_for_all_its_links(house: House) -> None:
    tab = house.signed_in()
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", name="lab", password="yes")
    assert tab.says("What visitors are asked for")
    assert tab.says(PASSWORD)
    tab.open(KEYS)
    tab.submit(f"{KEYS}/make", name="open")
    assert not tab.says(PASSWORD)
