import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from appliance.auth.failures import (
    BusyError,
    DeclaredInYamlError,
    InvalidPersonError,
    NameTakenError,
    UnknownPersonError,
    WeakPasswordError,
    WithdrawnError,
)
from appliance.auth.people.passwords import LONGEST, Passwords
from appliance.auth.people.people import People
from appliance.auth.people.person import Change, Declared, NewPerson
from tests.running.clock import HASHER
from tests.running.traefik import until
from tests.unit.auth.conftest import PASSWORD


def test_hashing_steps_back_for_those_who_are_signed_in():
    """A check of somebody's right to see an app must not wait for others' passwords."""
    seen = []

    class Watched(PasswordHasher):
        def verify(self, *words):
            seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return super().verify(*words)

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    Passwords(Watched(time_cost=1, memory_cost=8, parallelism=1)).verify(None, "a password")
    assert seen[0] > before
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_a_person_is_found_by_name_in_any_case_and_by_verified_address(people, ada):
    assert people.by_name(" ADA ") == ada == people.by_id(ada.id)
    assert people.by_email("Ada@Example.org") is None
    verified = people.change("ada", Change(email_verified=True))
    assert people.by_email("Ada@Example.org") == verified


def test_a_new_address_has_to_be_verified_anew(people, ada):
    people.change("ada", Change(email_verified=True))
    assert not people.change("ada", Change(email="new@example.org")).email_verified


def test_names_and_addresses_belong_to_one_person(people, ada):
    with pytest.raises(NameTakenError):
        people.create(NewPerson("ADA"))
    with pytest.raises(NameTakenError):
        people.create(NewPerson("bob", email="ada@example.org"))
    assert people.by_name("bob") is None


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "x" * 65, "ä", "a\n", "a,b"])
def test_what_is_no_name_is_refused(people, name):
    with pytest.raises(InvalidPersonError):
        people.create(NewPerson(name.replace("\n", "\nb")))


def test_groups_go_into_a_header(people, ada):
    with pytest.raises(InvalidPersonError):
        people.change("ada", Change(groups=["a,b"]))
    assert people.change("ada", Change(groups=["Staff "])).groups == {"staff"}


@pytest.mark.parametrize(
    "password", ["short", "x" * (LONGEST + 1), "aaaaaaaaaaaa", "password123", "ada-lovelace"]
)
def test_a_password_that_others_would_try_is_refused(people, password):
    with pytest.raises(WeakPasswordError):
        people.create(NewPerson("ada-lovelace", password))


def test_only_the_right_password_of_somebody_who_may_sign_in(people, ada, bob):
    assert people.verify("Ada", PASSWORD) == ada
    assert people.verify("ada", PASSWORD + "x") is None
    assert people.verify("ada", "x" * 100_000) is None
    assert people.verify("bob", "") is None
    assert people.verify("nobody", PASSWORD) is None
    people.change("ada", Change(disabled=True))
    assert people.verify("ada", PASSWORD) is None


@pytest.mark.parametrize("memory", [8, 16])
def test_a_password_that_is_changed_while_it_is_checked_signs_nobody_in(
    engine, clock, people, ada, memory
):
    """Else whoever knows the former one and keeps trying would stay in; or set it anew."""

    class Changing(PasswordHasher):
        def verify(self, *words):
            people.set_password("ada", "a new and long password")
            later._load()
            return super().verify(*words)

    later = People(engine, Passwords(Changing(1, memory, 1)), clock)
    assert later.verify("ada", PASSWORD) is None
    assert people.verify("ada", "a new and long password") is not None


def test_somebody_who_does_not_exist_is_verified_too(engine, clock):
    verified = []

    class Watched(Passwords):
        def verify(self, stored, password):
            verified.append(stored)
            return super().verify(stored, password)

    found = People(engine, Watched(PasswordHasher(1, 8, 1)), clock)
    found.verify("nobody", "whatever it is")
    assert verified == [None]


def test_a_hash_of_old_parameters_is_replaced_at_the_next_success(engine, clock, people, ada):
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    later = People(engine, Passwords(stronger), clock)
    hashes = []
    for _ in range(2):
        assert later.verify("ada", PASSWORD) is not None
        hashes.append(later._hash_of(ada))
    assert "m=16,t=2" in hashes[0]
    assert hashes[0] == hashes[1]


def test_more_at_once_than_the_machine_can_hash_are_told_so():
    crowded = Passwords(PasswordHasher(1, 8, 1), patience=0.0)
    with crowded._turn(), crowded._turn(), pytest.raises(BusyError):
        crowded.verify(None, "x")


def test_those_who_wait_are_few():
    crowded = Passwords(PasswordHasher(1, 8, 1), patience=60)
    with crowded._turn(), crowded._turn(), ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(crowded.verify, None, "x") for _ in range(8)]
        until(lambda: crowded._places._value == 0)
        with pytest.raises(BusyError):
            crowded.verify(None, "x")
        crowded._turns.release()
        assert not any(one.result(60) for one in waiting)
        crowded._turns.acquire()


def test_no_hash_is_shown_by_accident(people, ada):
    declared = Declared(password_hash="$argon2id$secret")
    new = NewPerson("bob", "secret password")
    for shown in (repr(ada), repr(declared), repr(new)):
        assert "argon2" not in shown
        assert "secret" not in shown


def test_the_yaml_wins_and_is_read_only(people, ada):
    hashed = HASHER.hash("the one in the YAML")
    people.declare({"ada": Declared(hashed, "Countess", "ada@x.org", frozenset({"x"}), admin=True)})
    now = people.named("ada")
    assert (now.shown, now.email, now.groups, now.admin) == ("Countess", "ada@x.org", {"x"}, True)
    assert now.id != ada.id
    assert people.verify("ada", PASSWORD) is None
    assert people.verify("ada", "the one in the YAML") == now
    for change in (
        lambda: people.change("ada", Change(admin=False)),
        lambda: people.set_password("ada", PASSWORD + "2"),
        lambda: people.remove("ada"),
    ):
        with pytest.raises(DeclaredInYamlError, match=r"auth\.users\.ada"):
            change()
    people.declare({})
    assert people.named("ada") == ada
    assert people.verify("ada", PASSWORD) == ada


def test_whom_the_yaml_made_and_no_longer_names_is_out(people, engine, clock):
    people.declare({"eve": Declared(HASHER.hash(PASSWORD), admin=True)})
    assert people.has_admin
    for found in (people, People(engine, HASHER, clock)):
        found.declare({})
        eve = found.named("eve")
        assert (eve.disabled, eve.admin) == (True, False)
        assert found.verify("eve", PASSWORD) is None
        assert not found.has_admin
        with pytest.raises(WithdrawnError, match="named in the YAML alone"):
            found.change("eve", Change(disabled=False))
        with pytest.raises(WithdrawnError):
            found.password_holder("eve")


def test_everything_survives_a_restart(people, engine, clock, ada, bob):
    again = People(engine, HASHER, clock)
    assert again.everybody() == people.everybody() == (ada, bob)
    people.remove("bob")
    with pytest.raises(UnknownPersonError):
        people.named("bob")
    assert People(engine, HASHER, clock).everybody() == (ada,)


def test_a_hash_that_is_none_signs_nobody_in(people):
    people.declare({"eve": Declared("$argon2id$nonsense")})
    assert people.verify("eve", "nonsense") is None
