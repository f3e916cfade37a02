import pytest

from appliance.auth.audit import Audit
from appliance.auth.failures import TooManyAttemptsError, WrongCredentialsError
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
