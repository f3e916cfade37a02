from tests.running.visited import report
from tests.unit.web.api.test_api import problem


def counted(programs):
    visits = programs.house.visits
    told = [report("open", visits.hour, 40), report("team", visits.hour, 20)]
    visits.storage.write("app", told)
    visits.storage.write("share", [report("chat", visits.hour, 60)])


def test_what_was_counted_is_told_by_day(programs):
    counted(programs)
    told = programs.ask("/visits?days=2").json()
    assert {(one["kind"], one["name"]): one["requests"] for one in told} == {
        ("app", "open"): 40,
        ("app", "team"): 20,
        ("share", "chat"): 60,
    }
    (one,) = programs.ask("/visits?kind=app&name=open").json()
    assert (one["predictions"], one["visitors"], one["clients"]["browser"]) == (10, 1, 32)


def test_a_token_of_some_apps_is_told_of_these(programs):
    counted(programs)
    token = programs.token(apps=("open",))
    (one,) = programs.ask("/visits?kind=app&name=open", token=token).json()
    assert one["name"] == "open"
    for query, status in (("", 403), ("?name=open", 403), ("?kind=app&name=team", 404)):
        assert programs.ask(f"/visits{query}", token=token).status_code == status, query


def test_visits_are_for_administrators(programs):
    token = programs.token("ada")
    assert "administrators" in problem(programs.ask("/visits?kind=app&name=open", token=token), 403)
