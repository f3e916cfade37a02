from datetime import timedelta

import pytest

from appliance.auth.failures import BurnedCodeError
from appliance.auth.sessions.session import Lives, Visitor
from appliance.auth.sessions.sessions import MOST_ALIKE, Sessions
from appliance.auth.tokens.token import Caveats
from appliance.auth.tokens.tokens import Tokens
from tests.running.clock import Hands


@pytest.fixture
def sessions(engine, clock):
    lives = Lives(idle=timedelta(hours=1), longest=timedelta(hours=10))
    return Sessions(engine, clock, lambda: lives, elapsed=clock)


def test_a_session_is_good_on_its_host_alone(sessions, ada):
    signed = sessions.start(ada.id, "a.org", ["password"], Visitor("Firefox", "10.0.0.1"))
    assert sessions.find(signed.secret, "a.org") is signed.session
    assert sessions.find(signed.secret, "b.org") is None
    assert sessions.find(signed.secret + "x", "a.org") is None
    assert signed.secret not in repr(signed)


def test_it_runs_out_without_use_and_in_any_case(sessions, clock, ada):
    signed = sessions.start(ada.id, "a.org", ["password"])
    for _ in range(10):
        clock.now += 3500
        assert sessions.find(signed.secret, "a.org")
    clock.now += 3500
    assert sessions.find(signed.secret, "a.org") is None
    idle = sessions.start(ada.id, "a.org", ["password"])
    clock.now += 3600
    assert sessions.find(idle.secret, "a.org") is None


def test_a_handed_over_session_lives_no_longer_than_the_first(sessions, clock, ada):
    first = sessions.start(ada.id, "a.org", ["password"])
    for _ in range(9):
        clock.now += 3590
        sessions.find(first.secret, "a.org")
    second = sessions.hand_over(first.session, "b.org")
    assert second.session.family == first.session.family
    clock.now += 3500
    assert sessions.find(second.secret, "b.org")
    clock.now += 300
    assert sessions.find(second.secret, "b.org") is None


def test_signing_out_ends_the_whole_family_and_no_other(sessions, ada):
    first = sessions.start(ada.id, "a.org", ["password"])
    second = sessions.hand_over(first.session, "b.org")
    other = sessions.start(ada.id, "a.org", ["password"])
    sessions.end(second.session)
    assert sessions.find(first.secret, "a.org") is None
    assert sessions.find(second.secret, "b.org") is None
    assert sessions.find(other.secret, "a.org")


def test_who_is_in_use_on_one_host_stays_signed_in_on_all(sessions, engine, clock, ada):
    """Else the page that signs out would take him for somebody who has not signed in."""
    domain = sessions.start(ada.id, "example.org", ["password"])
    app = sessions.hand_over(domain.session, "app.example.org")
    alone = sessions.start(ada.id, "example.org", ["password"])
    for _ in range(3):
        clock.now += 3000
        assert sessions.find(app.secret, "app.example.org")
        sessions.tidy()
    assert sessions.find(alone.secret, "example.org") is None
    again = Sessions(engine, clock, sessions._lives)
    for found in (again, sessions):
        assert found.find(domain.secret, "example.org")
    clock.now += 3601
    sessions.tidy()
    assert len(sessions) == 0
    assert sessions._seen == {}


def test_a_clock_that_is_wrong_for_a_while_signs_nobody_out(engine, clock, ada, bob):
    elapsed = Hands(0.0)
    sessions = Sessions(engine, clock, elapsed=elapsed)
    ada_s = sessions.start(ada.id, "a.org", ["password"]).secret
    bob_s = sessions.start(bob.id, "a.org", ["password"]).secret
    elapsed.now += 7200
    clock.now += 7200
    years = 10 * 365 * 86_400
    for by in (years, -2 * years):
        clock.now += by
        sessions.tidy()
        assert sessions.find(ada_s, "a.org") is None
    # Who is signed out meanwhile is out all the same.
    assert sessions.end_all(bob.id) == 0
    clock.now += years
    sessions.tidy()
    assert sessions.find(ada_s, "a.org")
    assert sessions.find(bob_s, "a.org") is None


def test_a_session_of_a_time_to_come_is_none_until_then(sessions, clock, ada):
    """Or one that began while the clock was ahead would be good for years."""
    clock.now += 200
    early = sessions.start(ada.id, "a.org", ["password"]).secret
    clock.now -= 200
    assert sessions.find(early, "a.org")
    clock.now += 10 * 365 * 86_400
    wrong = sessions.start(ada.id, "a.org", ["password"]).secret
    clock.now -= 10 * 365 * 86_400
    assert sessions.find(wrong, "a.org") is None


def test_signing_out_everywhere_may_leave_this_one(sessions, ada, bob):
    here = sessions.start(ada.id, "a.org", ["password"])
    there = sessions.start(ada.id, "a.org", ["password"])
    bobs = sessions.start(bob.id, "a.org", ["password"])
    assert sessions.end_all(ada.id, except_family=here.session.family) == 1
    assert sessions.find(here.secret, "a.org")
    assert sessions.find(there.secret, "a.org") is None
    assert sessions.find(bobs.secret, "a.org")


def test_nothing_brings_back_a_session_that_has_ended(sessions, ada):
    """Its person may have begun something with it, and been signed out meanwhile."""
    session = sessions.start(ada.id, "a.org", ["password"]).session
    sessions.end_all(ada.id)
    for again in (
        lambda: sessions.confirm(session, "totp"),
        lambda: sessions.hand_over(session, "b.org"),
        lambda: sessions.embed(session, "hello", "https://blog.example.org"),
    ):
        with pytest.raises(BurnedCodeError):
            again()
    assert sessions.of(ada.id) == []


def test_another_proof_brings_another_secret(sessions, clock, ada):
    first = sessions.start(ada.id, "a.org", ["password"])
    clock.now += 60
    second = sessions.confirm(first.session, "totp")
    assert sessions.find(first.secret, "a.org") is None
    found = sessions.find(second.secret, "a.org")
    assert found.methods == ("password", "totp")
    assert (found.created, found.confirmed) == (clock.now - 60, clock.now)


def test_a_restart_ends_nothing_and_revives_nothing(sessions, engine, clock, ada):
    kept = sessions.start(ada.id, "a.org", ["password", "totp"], Visitor("Firefox", "10.0.0.1"))
    gone = sessions.start(ada.id, "a.org", ["password"])
    sessions.end(gone.session)
    clock.now += 3000
    sessions.find(kept.secret, "a.org")
    sessions.tidy()
    clock.now += 3000
    again = Sessions(engine, clock, sessions._lives)
    found = again.find(kept.secret, "a.org")
    assert (found.methods, found.browser) == (("password", "totp"), "Firefox")
    assert again.find(gone.secret, "a.org") is None


def test_the_database_holds_no_secret(sessions, engine, ada):
    secret = sessions.start(ada.id, "a.org", ["password"]).secret
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM sessions").all()
    assert secret not in str(rows)
    assert secret.encode() not in rows[0][0]


def test_a_token_signs_its_owner_out_of_nothing(sessions, engine, clock, ada):
    window = sessions.start(ada.id, "a.org", ["password"])
    token = Tokens(engine, clock).create(ada.id, "for one app", Caveats(apps=("hello",))).token
    clock.now += 1
    for _ in range(MOST_ALIKE + 1):
        sessions.start(ada.id, "a.org", ["token"], token=token.id)
    assert len(sessions) == MOST_ALIKE + 1
    assert sessions.find(window.secret, "a.org")


def test_a_program_pushes_out_its_own_oldest_sessions(sessions, clock, ada, bob):
    bobs = sessions.start(bob.id, "a.org", ["password"])
    first = sessions.start(ada.id, "a.org", ["password"])
    clock.now += 1
    for _ in range(MOST_ALIKE):
        sessions.start(ada.id, "a.org", ["password"])
    assert len(sessions) == MOST_ALIKE + 1
    assert sessions.find(first.secret, "a.org") is None
    assert sessions.find(bobs.secret, "a.org")
