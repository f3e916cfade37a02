import statistics
import time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event

from appliance.auth.audit import Audit
from appliance.auth.failures import TooManyAttemptsError, WrongCredentialsError
from appliance.auth.people.passwords import Passwords
from appliance.auth.people.people import People
from appliance.auth.people.person import Change, Declared, NewPerson
from appliance.auth.signing_in.attempts import FailedAttempts
from appliance.auth.signing_in.checking import SigningIn
from appliance.auth.signing_in.throttle import Throttle
from appliance.auth.stats import AuthStats
from tests.unit.auth.conftest import PASSWORD


@pytest.fixture
def audit(engine, clock):
    return Audit(engine, clock)


@pytest.fixture
def signing_in(people, engine, clock, audit):
    attempts = FailedAttempts(engine, clock)
    return SigningIn(people, Throttle(clock), attempts, audit, AuthStats()), attempts


def test_signing_in_is_told_without_what_was_typed(signing_in, audit, ada):
    door, attempts = signing_in
    assert door.password("ada", PASSWORD, "10.0.0.1") == ada
    door.succeeded(ada, "10.0.0.1", ("password", "totp"))
    for name in ("ada", "my-password-in-the-wrong-field"):
        with pytest.raises(WrongCredentialsError):
            door.password(name, "not the password", "10.0.0.1")
    events = [event.as_json() for event in audit.read()]
    assert [event["kind"] for event in events] == ["sign-in.failed"] * 2 + ["sign-in.succeeded"]
    assert "subject" not in events[0]
    assert (events[1]["subject"], events[1]["address"]) == ("ada", "10.0.0.1")
    assert events[2]["detail"] == "password + totp"
    assert "wrong-field" not in str(events)
    assert attempts.take(ada.id).count == 1


def test_after_too_many_nothing_is_checked_any_more(signing_in, ada):
    door, _ = signing_in
    for _ in range(5):
        with pytest.raises(WrongCredentialsError):
            door.password("ada", "not the password", "10.0.0.1")
    with pytest.raises(TooManyAttemptsError):
        door.password("ada", PASSWORD, "10.0.0.1")
    assert door.password("ada", PASSWORD, "10.0.0.2") == ada


def test_strangers_and_people_are_answered_alike(signing_in, ada):
    door, _ = signing_in

    def answers(name):
        found = []
        for _ in range(7):
            try:
                door.password(name, "not the password", "10.0.0.1")
            except (WrongCredentialsError, TooManyAttemptsError) as error:
                found.append((type(error), str(error)))
        return found

    assert answers("ada") == answers("nobody-of-that-name")


@pytest.fixture
def work(engine):
    """What is done: hashes made or compared, and statements."""
    done = []

    class Counting(PasswordHasher):
        def verify(self, *told):
            done.append("hash")
            return super().verify(*told)

    event.listen(engine, "before_cursor_execute", lambda *_: done.append("statement"))
    return done, Passwords(Counting(time_cost=4, memory_cost=1024, parallelism=1))


def somebody_of_each_kind(people):
    """Names that a stranger might try, and none of them with the password that he tries."""
    people.create(NewPerson("ada", PASSWORD))
    people.create(NewPerson("invited"))
    people.create(NewPerson("gone", PASSWORD))
    people.change("gone", Change(disabled=True))
    people.declare({"yaml": Declared(people._passwords.hash(PASSWORD))})
    return "ada", "invited", "gone", "yaml", "nobody", "x" * 300, "", "ada\x00"


def test_a_name_that_exists_is_no_more_work_than_one_that_does_not(work, engine, clock, audit):
    done, passwords = work
    people = People(engine, passwords, clock)
    found = {}
    for name in somebody_of_each_kind(people):
        for word in ("not the password", "y" * 300, ""):
            door = SigningIn(
                people, Throttle(clock), FailedAttempts(engine, clock), audit, AuthStats()
            )
            done.clear()
            with pytest.raises(WrongCredentialsError):
                door.password(name, word, "10.0.0.1")
            found[name, word] = tuple(done)
    assert set(found.values()) == {("statement", "hash")}


def test_nor_does_it_take_longer(work, engine, clock):
    """By the processor's time: what else the machine does slows down nobody."""
    people = People(engine, work[1], clock)
    somebody_of_each_kind(people)
    took = {"ada": [], "nobody": []}
    for _ in range(100):
        for name, times in took.items():
            began = time.thread_time()
            assert people.verify(name, "not the password") is None
            times.append(time.thread_time() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.67 < known / unknown < 1.5
