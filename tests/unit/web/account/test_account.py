"""Links, passwords, tokens, sessions."""

import re

import pytest

from appliance.auth.people.links import Invitation
from appliance.auth.people.person import Declared
from appliance.auth.tokens.token import Caveats
from tests.running.clock import HASHER, Hands
from tests.running.house import PASSWORD, House
from tests.unit.web.account.conftest import Authenticator

NEW = "a new and long password"


def test_the_set_up_link_makes_the_first_administrator_once(house: House) -> None:
    path = f"/-/link/{house.door.links.setup()}"
    tab = house.tab()
    assert tab.open(path).status_code == 200
    tab.submit(name="Ada", full_name="Ada Lovelace", password=NEW, repeated="something else")
    assert tab.says("not the same")
    tab.submit(name="Ada", full_name="Ada Lovelace", password="short", repeated="short")
    assert tab.says("at least 10 characters")
    tab.submit(name="Ada", full_name="Ada Lovelace", password=NEW, repeated=NEW)
    assert tab.url == "/"
    ada = house.door.people.named("ada")
    assert (ada.admin, ada.full_name) == (True, "Ada Lovelace")
    assert house.tab().open(path).status_code == 410
    assert tab.open("/-/account").status_code == 200


def test_a_set_up_link_is_worth_nothing_once_somebody_looks_after_it(house: House) -> None:
    path = f"/-/link/{house.door.links.setup()}"
    house.person(admin=True)
    assert house.tab().open(path).status_code == 410


def test_an_invitation_gives_what_was_chosen_and_no_more(house: House) -> None:
    secret = house.door.links.invite(Invitation(groups=("lab",), name="bob"), "ada")
    tab = house.tab()
    tab.open(f"/-/link/{secret}")
    assert tab.form()["fields"]["name"] == "bob"
    tab.submit(password=NEW, repeated=NEW, admin="true", groups="other")
    bob = house.door.people.named("bob")
    assert (bob.groups, bob.admin) == ({"lab"}, False)


def test_an_invitation_for_a_name_that_is_taken_stays_good(house: House) -> None:
    house.person("bob")
    tab = house.tab()
    tab.open(f"/-/link/{house.door.links.invite(Invitation(), 'ada')}")
    assert tab.submit(name="bob", password=NEW, repeated=NEW).status_code == 409
    tab.submit(name="bobby", password=NEW, repeated=NEW)
    assert tab.url == "/"


def test_nobody_takes_a_name_that_a_rule_opens_something_to(house: House) -> None:
    house.yaml(
        apps={"payroll": {"source": "x", "access": {"users": ["carol"]}}},
        share={"who_can_view": {"users": ["dave"]}},
    )
    tab = house.tab()
    tab.open(f"/-/link/{house.door.links.invite(Invitation(name='bob'), 'ada')}")
    for name in ("carol", " Carol", "dave"):
        assert tab.submit(name=name, password=NEW, repeated=NEW).status_code == 409
        assert tab.says("is taken")
    tab.submit(name="bob", password=NEW, repeated=NEW)
    assert [person.name for person in house.door.people.everybody()] == ["bob"]


def test_who_is_invited_by_a_name_gets_what_is_open_to_it(house: House) -> None:
    house.yaml(apps={"payroll": {"source": "x", "access": {"users": ["carol", "ada"]}}})
    tab = house.tab()
    tab.open(f"/-/link/{house.door.links.setup()}")
    tab.submit(name="ada", password=NEW, repeated=NEW)
    tab = house.tab()
    tab.open(f"/-/link/{house.door.links.invite(Invitation(name='Carol'), 'ada')}")
    tab.submit(name="carol", password=NEW, repeated=NEW)
    assert [person.name for person in house.door.people.everybody()] == ["ada", "carol"]


def test_a_new_password_by_link_ends_all_sessions_and_asks_for_the_second_factor(
    house: House, authenticator: Authenticator
) -> None:
    ada = house.person()
    old = house.signed_in()
    code = authenticator(ada)
    tab = house.tab()
    tab.open(f"/-/link/{house.door.links.reset(ada, 'cli')}")
    tab.submit(password=NEW, repeated=NEW)
    assert tab.url == "/-/sign-in/second-step"
    tab.submit(code=code())
    assert tab.url == "/"
    old.open("/-/account")
    assert old.url.startswith("/-/sign-in")


def test_a_password_changes_and_everywhere_else_is_signed_out(house: House) -> None:
    house.person()
    other, tab = house.signed_in(), house.signed_in()
    tab.open("/-/account/password")
    tab.submit(current="not it at all", password=NEW, repeated=NEW)
    assert tab.says("not your password")
    tab.submit(current=PASSWORD, password=NEW, repeated=NEW)
    assert tab.says("Your password is changed")
    other.open("/-/account")
    assert other.url.startswith("/-/sign-in")
    assert house.door.people.verify("ada", NEW)
    assert not house.door.people.verify("ada", PASSWORD)


def test_a_password_of_the_yaml_is_changed_there(house: House) -> None:
    house.door.people.declare({"ada": Declared(password_hash=HASHER.hash(PASSWORD))})
    tab = house.signed_in()
    assert tab.open("/-/account/password").status_code == 200
    assert tab.says("appliance.yaml")


def test_a_token_is_shown_once_and_works_within_its_limits(house: House, hands: Hands) -> None:
    house.yaml(
        apps={"hello": {"source": "hello"}, "secret": {"source": "x", "access": {"users": ["bob"]}}}
    )
    ada = house.person()
    tab = house.signed_in()
    tab.open("/-/account/tokens/new")
    assert "secret" not in re.findall(r'type="checkbox" name="apps" value="(\w+)"', tab.page.text)
    tab.submit(label="notebook", life="30", uses="predict", apps="hello", networks="192.0.2.0/24")
    found = re.search(r"gat_[\w-]+", tab.page.text)
    assert found
    token = house.door.tokens.find(found.group())
    assert token
    assert token.person == ada.id
    assert token.caveats.apps == ("hello",)
    assert token.caveats.networks == ("192.0.2.0/24",)
    assert token.caveats.until == pytest.approx(hands() + 30 * 86400, abs=60)
    tab.open("/-/account")
    assert found.group() not in tab.page.text
    tab.submit("/-/account/tokens/revoke")
    assert house.door.tokens.find(found.group()) is None


def test_a_token_that_cannot_be_is_explained(house: House) -> None:
    house.person()
    tab = house.signed_in()
    tab.open("/-/account/tokens/new")
    tab.submit(label="x", life="30", uses="", apps="", networks="no network")
    assert tab.says("is no network")
    tab.submit(label="x", life="9999", uses="", apps="", networks="")
    assert tab.says("Choose one of the offered limits")


def test_a_token_for_an_app_that_was_closed_meanwhile_is_none_for_all(house: House) -> None:
    hello, secret = {"source": "x"}, {"source": "x"}
    house.yaml(apps={"hello": hello, "secret": secret})
    ada = house.person()
    tab = house.signed_in()
    tab.open("/-/account/tokens/new")
    house.yaml(apps={"hello": hello, "secret": {**secret, "access": {"users": ["bob"]}}})
    tab.submit(label="x", life="30", uses="", apps="secret", networks="")
    assert tab.says("open to you no more")
    assert house.door.tokens.of(ada.id) == []


def test_nobody_revokes_or_ends_what_is_somebody_elses(house: House) -> None:
    bob = house.person("bob")
    token = house.door.tokens.create(bob.id, "his", Caveats())
    theirs = house.signed_in("bob")
    family = house.door.sessions.of(bob.id)[0].family
    house.person()
    tab = house.signed_in()
    tab.submit("/-/account/sessions/end", family=family)
    tab.open("/-/account/tokens/new")
    tab.submit(label="own", life="30", uses="", apps="", networks="")
    tab.open("/-/account")
    tab.submit("/-/account/tokens/revoke", id=token.token.id)
    assert house.door.tokens.find(token.secret)
    assert theirs.open("/-/account").status_code == 200


def test_one_other_session_or_all_others_end(house: House) -> None:
    ada = house.person()
    tab, second, third = (house.signed_in() for _ in range(3))
    tab.open("/-/account")
    assert tab.page.text.count('name="family"') == 3
    here = [s.family for s in house.door.sessions.of(ada.id)]
    tab.submit("/-/account/sessions/end", others="yes")
    assert tab.says("Everywhere else you are signed out")
    assert len(here) == 3
    assert len(house.door.sessions.of(ada.id)) == 1
    for gone in (second, third):
        gone.open("/-/account")
        assert gone.url.startswith("/-/sign-in")


def test_signing_out_everywhere(house: House) -> None:
    ada = house.person()
    tab = house.signed_in()
    house.signed_in()
    tab.open("/-/sign-out")
    tab.submit(everywhere="yes")
    assert house.door.sessions.of(ada.id) == []


def test_a_form_that_is_too_large_is_not_read(house: House) -> None:
    answer = house.tab().client.post("/-/sign-in", data={"name": "x" * 70_000})
    assert answer.status_code == 413
