import json

import pytest
from sqlalchemy.exc import OperationalError

from appliance.auth import audit as module
from appliance.auth.audit import MOST_A_MINUTE, Audit, Event


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


def test_the_oldest_go_first(audit, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 5)
    for number in range(9):
        audit.write(Event("e", detail=str(number)))
    assert [event.detail for event in audit.read()] == ["8", "7", "6", "5", "4"]


def test_a_database_that_refuses_loses_nothing(audit, engine):
    audit.write(Event("kept"))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME TO away")
    with pytest.raises(OperationalError):
        audit.flush()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO audit")
    assert kinds(audit) == ["kept"]
