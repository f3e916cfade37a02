"""What administrators do about people, invitations and tokens on pages."""

import re

import pytest

from appliance.auth.people.person import Declared
from appliance.auth.tokens.token import Caveats
from appliance.web.dashboard.places import INVITATIONS, PEOPLE, TOKENS, person_page
from tests.running.house import PASSWORD, House
from tests.running.tab import Tab

BOB = person_page("bob")
NEW = f"{INVITATIONS}/new"


def invited(house: House, **fields: str) -> Tab:
    tab = house.signed_in()
    tab.open(NEW)
    tab.submit(NEW, **fields)
    return tab


def test_an_invitation_is_shown_once_listed_and_makes_an_account(house: House) -> None:
    tab = invited(house, name="eve", groups="lab, students", email="eve@example.org")
    [link] = re.findall(r"http://localhost:8080(/-/link/[\w-]+)", tab.page.text)
    assert tab.says("not shown again")
    listed = house.signed_in().open(INVITATIONS).text
    assert "Invitation for eve" in listed
    assert link.rpartition("/")[2] not in listed
    guest = house.tab()
    guest.open(link)
    guest.submit(None, name="eve", password=PASSWORD, repeated=PASSWORD)
    eve = house.door.people.named("eve")
    assert (eve.groups, eve.email, eve.admin) == ({"lab", "students"}, "eve@example.org", False)
    assert "link.invitation" in house.events()


def test_a_shown_link_is_for_whoever_made_it(house: House) -> None:
    house.person("eve", admin=True)
    tab = invited(house, name="x")
    assert tab.page.status_code == 200
    assert house.signed_in("eve").open(tab.url).status_code == 410


def test_what_no_account_could_have_is_refused_before_there_is_a_link(house: House) -> None:
    tab = invited(house, name="eve", groups="No/Group")
    assert tab.page.status_code == 422
    assert tab.says("A group has at most")
    assert tab.says('value="eve"')
    assert house.door.links.open() == []


def test_a_withdrawn_link_is_worth_nothing(house: House) -> None:
    tab = invited(house, name="eve")
    [link] = re.findall(r"http://localhost:8080(/-/link/[\w-]+)", tab.page.text)
    tab.open(INVITATIONS)
    tab.submit(f"{INVITATIONS}/withdraw")
    assert tab.says("worth nothing any more")
    assert tab.says("No link is open")
    assert house.tab().open(link).status_code == 410
    assert "link.withdrawn" in house.events()


def test_an_account_is_changed(house: House) -> None:
    tab = house.signed_in()
    tab.open(BOB)
    tab.submit(
        f"{BOB}/change", full_name="Bob B.", email="b@example.org", groups="lab", disabled=""
    )
    bob = house.door.people.named("bob")
    assert (bob.full_name, bob.email, bob.groups) == ("Bob B.", "b@example.org", {"lab"})
    assert not bob.admin
    assert not bob.disabled
    assert "person.changed" in house.events()


def test_rights_are_given_and_who_is_disabled_is_signed_out(house: House) -> None:
    his, tab = house.signed_in("bob"), house.signed_in()
    tab.open(BOB)
    tab.submit(f"{BOB}/change", admin="yes", disabled="yes")
    bob = house.door.people.named("bob")
    assert bob.admin
    assert bob.disabled
    his.open("/-/account")
    assert his.url.startswith("/-/sign-in")


def test_nobody_takes_his_own_rights_or_account(house: House) -> None:
    ada, tab = person_page("ada"), house.signed_in()
    page = tab.open(ada).text
    assert 'name="admin"' not in page
    assert f"{ada}/remove" not in page
    tab.submit(f"{ada}/change", full_name="Ada", disabled="yes")
    assert house.door.people.named("ada").admin
    assert not house.door.people.named("ada").disabled
    token = tab.form(f"{ada}/change")["fields"]["form-token"]
    sent = tab.client.post(f"{ada}/remove", data={"form-token": token})
    assert sent.status_code == 409


def test_an_account_is_removed_for_good_after_a_question(house: House) -> None:
    tab = house.signed_in()
    tab.open(BOB)
    tab.submit(f"{BOB}/remove")
    assert tab.says("Remove bob?")
    tab.submit(f"{BOB}/remove")
    assert tab.url == f"{PEOPLE}?done=removed"
    assert house.door.people.by_name("bob") is None
    assert tab.open(BOB).status_code == 404


def test_a_link_for_a_new_password(house: House) -> None:
    tab = house.signed_in()
    tab.open(BOB)
    tab.submit(f"{BOB}/reset")
    [link] = re.findall(r"http://localhost:8080(/-/link/[\w-]+)", tab.page.text)
    assert tab.says("A new password for bob")
    guest = house.tab()
    guest.open(link)
    guest.submit(None, password="another horse battery", repeated="another horse battery")
    assert house.door.people.verify("bob", "another horse battery")


def test_the_yaml_decides_about_those_it_names(house: House) -> None:
    house.door.people.declare({"carl": Declared(groups=frozenset({"lab"}))})
    carl, tab = person_page("carl"), house.signed_in()
    page = tab.open(carl).text
    assert "auth.users.carl" in page
    assert f"{carl}/change" not in page
    tab.open(BOB)
    token = tab.form(f"{BOB}/change")["fields"]["form-token"]
    sent = tab.client.post(f"{carl}/change", data={"form-token": token, "full_name": "C"})
    assert sent.status_code == 422
    assert "set in the YAML" in sent.text


@pytest.mark.parametrize(
    ("verb", "event"), [("sign-out", "sessions.ended"), ("unlock", "person.unlocked")]
)
def test_sessions_are_ended_and_lockouts_forgiven(house: House, verb: str, event: str) -> None:
    house.signed_in("bob")
    tab = house.signed_in()
    tab.open(BOB)
    tab.submit(f"{BOB}/{verb}")
    assert event in house.events()
    bob = house.door.people.named("bob")
    assert bool(house.door.sessions.of(bob.id)) == (verb == "unlock")


def test_second_factors_are_forgotten_after_a_question(house: House) -> None:
    bob = house.door.people.named("bob")
    house.authenticator(bob)
    tab = house.signed_in()
    tab.open(BOB)
    assert tab.says("authenticator app")
    tab.submit(f"{BOB}/forget-factors")
    assert house.factors.of(bob.id).any
    tab.submit(f"{BOB}/forget-factors")
    assert not house.factors.of(bob.id).any


def test_tokens_of_all_are_searched_and_revoked(house: House) -> None:
    bob = house.door.people.named("bob")
    issued = house.door.tokens.create(bob.id, "Notebook", Caveats(("hello",)))
    tab = house.signed_in()
    page = tab.open(TOKENS).text
    assert "Notebook" in page
    assert issued.secret not in page
    assert not tab.open(f"{TOKENS}?q=nobody").text.count("Notebook")
    tab.open(f"{TOKENS}?q=BOB")
    tab.submit(f"{TOKENS}/revoke", id=issued.token.id)
    assert house.door.tokens.find(issued.secret) is None
    assert "token.revoked" in house.events()


def test_what_somebody_may_open_is_told_with_the_reason(house: House) -> None:
    members = {"hello": {"source": "hello", "access": {"groups": ["lab"]}}}
    house.yaml(apps=members)
    page = house.signed_in().open(BOB).text
    assert '<span class="over">no</span>' in page


def test_people_are_found_by_name_address_and_group(house: House) -> None:
    house.person("eve", email="eve@example.org", groups=["students"])
    tab = house.signed_in()
    for query in ("EVE", "example.org", "stud"):
        page = tab.open(f"{PEOPLE}?q={query}").text
        assert person_page("eve") in page
        assert BOB not in page
