"""However a request is answered, no statement reaches the database: it may be slow, or away."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from appliance.auth.door import Door
from appliance.auth.forward.forward import Forward
from appliance.auth.forward.guards import compiled
from appliance.auth.people.person import NewPerson
from appliance.auth.tokens.token import Caveats
from appliance.config.schema import Config
from appliance.web.turned_away import TURNED_AWAY
from tests.unit.auth.guarded import APPS, BLOG, headers, session


@pytest.fixture
def statements(door: Door) -> Iterator[list[str]]:
    """What the database is told from now on."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(door.engine, "before_cursor_execute", note)
    yield seen
    event.remove(door.engine, "before_cursor_execute", note)


def shown(door: Door, name: str = "ada", **caveats: object) -> str:
    person = door.people.named(name)
    return f"Bearer {door.tokens.create(person.id, 'test', Caveats(**caveats)).secret}"


def asked(door: Door, what: str) -> dict[str, str]:
    """What a request of that kind shows."""
    signed = session(door)
    match what:
        case "nobody":
            return {}
        case "session":
            return {"cookie": signed}
        case "token" | "limited":
            return {"authorization": shown(door, networks=("192.0.2.0/24",))}
        case "bad token":
            return {"authorization": "Bearer gat_nothing"}
        case "forbidden":
            door.people.create(NewPerson("bob"))
            return {"authorization": shown(door, "bob")}
        case "embedded":
            kept = door.sessions.embed(
                door.sessions.start(door.people.named("ada").id, "team.example.org", []).session,
                "team",
                BLOG,
            )
            inside = {"sec_fetch_site": "same-origin", "sec_fetch_dest": "empty"}
            return {"cookie": f"__Host-appliance-embedded={kept.secret}", **inside}
    raise AssertionError(what)


@pytest.mark.parametrize(
    ("what", "statuses"),
    [
        ("nobody", {401}),
        ("session", {200}),
        ("token", {200}),
        ("bad token", {401}),
        ("forbidden", {403}),
        ("embedded", {200}),
        ("limited", {200, 429}),
    ],
)
def test_no_answer_asks_the_database(
    door: Door, forward: Forward, statements: list[str], what: str, statuses: set[int]
) -> None:
    if what == "limited":
        limit = {"rate_limit": {"per_token": "3/h"}}
        document = {"domain": "example.org", "auth": {}, "apps": APPS, **limit}
        forward.guards = compiled(Config.model_validate(document), TURNED_AWAY)
    request = headers(**asked(door, what), x_forwarded_method="POST")
    # What was noted before is still to be written; that is done every few seconds, in a thread.
    statements.clear()
    seen = {forward.answer("/app/team", request)[1][0] for _ in range(10)}
    assert seen == statuses
    assert statements == []


def test_what_the_answers_noted_is_written_later(
    door: Door, forward: Forward, statements: list[str]
) -> None:
    """The counter counts: else the test above could not fail."""
    request = headers(**asked(door, "session"))
    statements.clear()
    forward.answer("/app/team", request)
    door.tidy()
    assert any(said.startswith("UPDATE sessions") for said in statements)
