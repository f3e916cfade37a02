"""Somebody has the name already that the YAML gives to somebody."""

import pytest
from sqlalchemy.exc import OperationalError

from appliance.auth.administering.administration import Administration
from appliance.auth.administering.declaring import declare
from appliance.auth.door import open_door
from appliance.auth.failures import UnknownPersonError
from appliance.auth.people.declaring import Account, aside
from appliance.auth.people.person import Declared, NewPerson
from appliance.auth.tokens.token import Caveats
from tests.running.clock import HASHER, Hands

FIRST, SECOND, HERS = "the one in the YAML", "another one there", "correct horse battery"
CARL = Declared(HASHER.hash(FIRST), admin=True)


@pytest.fixture
def door(tmp_path):
    made = open_door(tmp_path, clock=Hands(), passwords=HASHER)
    yield made
    made.engine.dispose()


def named(door, **users):
    declare(door, users, "appliance.yaml")


def noted(door, kind):
    return [event.subject for event in door.audit.read(kind=kind)]


@pytest.mark.parametrize(
    ("declared", "waits"),
    [((), ()), (("ada",), (1,)), (("ada", "bob"), (1,)), (("bob",), ()), (("carl",), (3,))],
)
def test_of_one_name_one_counts(declared, waits):
    accounts = [Account(1, "ada", False, False, None), Account(2, "bob", True, False, None)]
    accounts += [Account(3, "carl", False, True, None), Account(4, "carl", True, False, None)]
    expected = waits if "carl" in declared else (*waits, 4)
    assert aside(accounts, declared) == set(expected)


def test_whoever_took_the_name_before_gets_nothing_of_what_the_yaml_gives(door):
    """Somebody who was invited calls himself as a colleague who is to come."""
    mallory = door.people.create(NewPerson("carl", HERS, email="carl@example.org"))
    session = door.sessions.start(mallory.id, "a.org", ["password"])
    token = door.tokens.create(mallory.id, "kept", Caveats())
    link = door.links.reset(mallory, "cli")
    turn = door.sessions.turn(mallory.id)
    named(door, carl=CARL)
    carl = door.people.named("carl")
    assert (carl.admin, carl.declared) == (True, True)
    assert carl.id != mallory.id
    assert door.people.by_id(mallory.id) is None
    assert door.sessions.find(session.secret, "a.org") is None
    assert door.sessions.turn(mallory.id) != turn
    assert door.people.by_id(door.tokens.find(token.secret).person) is None
    assert door.tokens.of(carl.id) == []
    assert door.people.by_id(door.links.look(link).person) is None
    assert door.people.verify("carl", HERS) is None
    assert door.people.verify("carl", FIRST) == carl
    assert [person.id for person in door.people.everybody()] == [carl.id]
    assert noted(door, "person.set-aside") == ["carl"]


def test_without_the_yamls_words_all_is_as_it_was(door, tmp_path):
    ada = door.people.create(NewPerson("ada", HERS, email="ada@example.org", groups=["lab"]))
    token = door.tokens.create(ada.id, "hers", Caveats())
    named(door, ada=CARL)
    theirs = door.people.named("ada")
    session = door.sessions.start(theirs.id, "a.org", ["password"])
    other = door.tokens.create(theirs.id, "the other's", Caveats())
    for _ in range(2):
        # The same after a start.
        door.tidy()
        door.engine.dispose()
        door = open_door(tmp_path, clock=door.clock, passwords=HASHER)
        named(door)
        assert door.people.named("ada") == ada
        assert door.people.by_id(door.tokens.find(token.secret).person) == ada
        assert door.people.by_id(door.tokens.find(other.secret).person) is None
        assert door.sessions.find(session.secret, "a.org") is None
        assert door.people.verify("ada", FIRST) is None
    assert noted(door, "person.put-back") == ["ada"]
    named(door, ada=CARL)
    assert door.people.named("ada") == theirs
    assert door.people.by_id(door.tokens.find(other.secret).person) == theirs
    assert noted(door, "person.set-aside") == ["ada", "ada"]


def test_another_password_in_the_yaml_ends_the_sessions_of_the_former(door, tmp_path):
    named(door, carl=CARL)
    carl = door.people.named("carl")
    session = door.sessions.start(carl.id, "a.org", ["password"]).secret
    named(door, carl=Declared(CARL.password_hash, groups=frozenset({"lab"})))
    assert door.sessions.find(session, "a.org") is not None
    # It was saved while the appliance was stopped.
    door.tidy()
    door.engine.dispose()
    again = open_door(tmp_path, clock=door.clock, passwords=HASHER)
    named(again, carl=Declared(CARL.password_hash, groups=frozenset({"lab"})))
    assert again.sessions.find(session, "a.org") is not None
    named(again, carl=Declared(HASHER.hash(SECOND)))
    assert again.sessions.find(session, "a.org") is None
    again.engine.dispose()


@pytest.mark.parametrize("later", [{}, {"carl": Declared(CARL.password_hash, disabled=True)}])
def test_who_is_let_in_again_has_not_stayed_signed_in(door, later):
    named(door, carl=CARL)
    carl = door.people.named("carl")
    session = door.sessions.start(carl.id, "a.org", ["password"]).secret
    named(door, **later)
    assert door.people.named("carl").disabled
    named(door, carl=CARL)
    assert not door.people.named("carl").disabled
    assert door.sessions.find(session, "a.org") is None


def test_removing_the_one_brings_the_other_back_to_nobody(door):
    ada = door.people.create(NewPerson("ada", HERS))
    token = door.tokens.create(ada.id, "hers", Caveats())
    named(door, ada=CARL)
    named(door)
    Administration(door, "cli").remove("ada")
    named(door)
    with pytest.raises(UnknownPersonError):
        door.people.named("ada")
    assert door.tokens.find(token.secret) is None
    named(door, ada=CARL)
    assert door.tokens.of(door.people.named("ada").id) == []


def test_an_account_elsewhere_goes_along_only_when_it_is_connected_anew(door):
    ada = door.people.create(NewPerson("ada", HERS))
    door.identities.link("sso", "1", ada.id, None)
    named(door, ada=CARL)
    theirs = door.people.named("ada")
    assert door.identities.of(theirs.id) == []
    door.identities.link("sso", "1", theirs.id, None)
    assert [one.subject for one in door.identities.of(theirs.id)] == ["1"]
    assert door.identities.of(ada.id) == []


def test_a_database_that_refuses_leaves_nobody_to_be_taken_for_another(door):
    ada = door.people.create(NewPerson("ada", HERS))
    bob = door.people.create(NewPerson("bob", HERS))
    with door.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE set_aside RENAME TO away")
    with pytest.raises(OperationalError):
        named(door, ada=CARL)
    assert door.people.by_id(ada.id) is None
    assert door.people.verify("ada", HERS) is None
    assert door.people.everybody() == (bob,)
    with door.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO set_aside")
    named(door, ada=CARL)
    assert door.people.verify("ada", FIRST) == door.people.named("ada")


def test_before_the_yaml_was_read_it_is_as_it_was_last(door, tmp_path):
    ada = door.people.create(NewPerson("ada", HERS))
    named(door, ada=CARL)
    door.engine.dispose()
    again = open_door(tmp_path, clock=door.clock, passwords=HASHER)
    assert again.people.by_id(ada.id) is None
    assert again.people.named("ada").disabled
    again.engine.dispose()
