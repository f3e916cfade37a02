import json
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from appliance.auth import audit as module
from appliance.auth.audit import MOST_A_MINUTE, Audit, Event
from tests.running.clock import Hands


@pytest.fixture
def audit(engine, clock):
    return Audit(engine, clock)


def kinds(audit, **wanted):
    return [event.kind for event in audit.read(**wanted)]


def test_events_are_read_newest_first_and_by_what_they_are_about(audit, clock):
    audit.write(Event("sign-in.failed", subject="ada"))
    clock.now += 10
    audit.write(Event("sign-in.succeeded", actor="ada", subject="ada"))
    audit.write(Event("token.created", actor="cli", subject="bob", detail="1"))
    assert kinds(audit) == ["token.created", "sign-in.succeeded", "sign-in.failed"]
    assert kinds(audit, kind="sign-in") == ["sign-in.succeeded", "sign-in.failed"]
    assert kinds(audit, kind="sign_in") == []
    assert kinds(audit, person="bob") == ["token.created"]
    assert kinds(audit, since=clock.now) == ["token.created", "sign-in.succeeded"]
    assert kinds(audit, most=1) == ["token.created"]


def test_an_event_is_one_short_line(audit):
    audit.write(Event("x" * 100, actor="a" * 100, detail="line\n\x1b[31m\u202ered" + "y" * 1000))
    [event] = audit.read()
    line = json.dumps(event.as_json())
    assert (len(event.kind), len(event.actor), len(event.detail)) == (40, 64, 500)
    assert "line··[31m·red" in event.detail
    assert "\n" not in line


def test_a_flood_is_cut_and_told(audit, clock):
    clock.now -= clock.now % 60
    for _ in range(MOST_A_MINUTE + 30):
        audit.write(Event("sign-in.failed"))
    audit.write(Event("token.created"))
    clock.now += 60
    found = list(audit.read(most=10_000))
    assert found[0].kind == "audit.dropped"
    assert (found[0].subject, found[0].detail) == ("sign-in.failed", "30 more")
    assert len(found) == MOST_A_MINUTE + 2


def test_a_flood_that_lasts_pushes_nothing_out(audit, clock, monkeypatch):
    """Whoever tries all night must not be able to wipe away what he did before."""
    monkeypatch.setattr(module, "MOST_A_DAY", 200)
    clock.now -= clock.now % 86_400
    audit.write(Event("person.created"))
    for _ in range(6):
        for _ in range(100):
            audit.write(Event("sign-in.failed"))
        clock.now += 60
        audit.flush()
    audit.write(Event("token.created"))
    told = kinds(audit, most=10_000)
    assert told.count("sign-in.failed") == 200
    assert told.count("audit.dropped") == 4
    assert (told[0], told[-1]) == ("token.created", "person.created")
    clock.now += 86_400
    audit.write(Event("sign-in.failed"))
    assert kinds(audit, kind="sign-in", most=1000) == ["sign-in.failed"] * 201


def test_nobody_hides_what_somebody_else_does(audit, clock):
    """An account that signs in for each call, or one that was taken over and does so."""
    clock.now -= clock.now % 60
    for _ in range(MOST_A_MINUTE + 30):
        audit.write(Event("token.created", actor="mallory", subject="mallory"))
        audit.write(Event("token.created"))
    audit.write(Event("token.created", actor="ada", subject="ada"))
    clock.now += 60
    assert kinds(audit, person="ada") == ["token.created"]
    told = [event.detail for event in audit.read(kind="audit.dropped")]
    assert sorted(told) == ["30 more", "30 more by mallory"]


def test_what_is_old_goes_and_nothing_younger(engine, clock):
    audit = Audit(engine, clock, lambda: timedelta(days=10), elapsed=clock)
    for number in range(12):
        audit.write(Event("e", detail=str(number)))
        audit.flush()
        clock.now += 86_400
    assert [event.detail for event in audit.read()] == [str(n) for n in range(11, 1, -1)]
    clock.now += 1800
    # The eleventh is ten days old and a half hour: it goes within the hour.
    clock.now += 1801
    assert [event.detail for event in audit.read()] == [str(n) for n in range(11, 2, -1)]


def test_less_is_kept_as_soon_as_the_yaml_says_so_and_all_of_it_if_it_says_none(engine, clock):
    days = [None]
    audit = Audit(engine, clock, lambda: days[0] and timedelta(days=days[0]), elapsed=clock)
    audit.write(Event("old"))
    audit.flush()
    clock.now += 20 * 365 * 86_400
    audit.write(Event("new"))
    assert kinds(audit) == ["new", "old"]
    days[0] = 30
    assert kinds(audit) == ["new"]
    days[0] = 60
    clock.now += 45 * 86_400
    assert kinds(audit) == ["new"]


def test_a_clock_that_is_wrong_for_a_while_wipes_nothing_away(engine, clock):
    """That of a machine with an empty battery, until the network has told it the time."""
    elapsed = Hands(0.0)
    audit = Audit(engine, clock, lambda: timedelta(days=365), elapsed)

    def later(seconds):
        clock.now += seconds
        elapsed.now += seconds
        audit.flush()

    audit.write(Event("kept"))
    later(7200)
    clock.now += 30 * 365 * 86_400
    audit.write(Event("of a time to come"))
    later(0)
    later(3000)
    # So does a start with such a clock.
    audit = Audit(engine, clock, lambda: timedelta(days=365), elapsed)
    later(3000)
    assert kinds(audit) == ["of a time to come", "kept"]
    clock.now -= 30 * 365 * 86_400
    later(7200)
    later(7200)
    assert kinds(audit) == ["of a time to come", "kept"]
    # A clock that stays so is believed.
    clock.now += 2 * 365 * 86_400
    later(0)
    later(3601)
    assert kinds(audit) == ["of a time to come"]


def test_a_database_that_refuses_while_the_old_goes_has_what_is_new(engine, clock):
    audit = Audit(engine, clock, elapsed=clock)
    clock.now += 3601
    audit.write(Event("kept"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE DELETE ON audit BEGIN SELECT RAISE(FAIL, 'no'); END"
        )
        connection.exec_driver_sql(
            "INSERT INTO audit VALUES (99, 0, 'ancient', '', '', '', '', '')"
        )
    for _ in range(2):
        with pytest.raises(SQLAlchemyError):
            audit.flush()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse")
    assert kinds(audit) == ["kept"]


def test_a_database_that_refuses_loses_nothing(audit, engine):
    audit.write(Event("kept"))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME TO away")
    with pytest.raises(OperationalError):
        audit.flush()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO audit")
    assert kinds(audit) == ["kept"]
