import pytest
from markupsafe import escape

from appliance.auth.people.person import Change
from appliance.auth.tokens.token import Use
from appliance.web.api.serving import API
from tests.unit.web.api.conftest import APPS


def names(answer):
    assert answer.status_code == 200, answer.text
    return [app["name"] for app in answer.json()]


def problem(answer, status):
    """Its text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    return told["detail"]


def test_a_token_says_whose_it_is(programs):
    told = programs.ask("/me", token=programs.token("ada")).json()
    assert told == {"name": "ada", "groups": ["lab"], "administers": False}


def test_one_sees_what_one_may_open_and_administrators_see_all(programs):
    assert names(programs.ask("/apps", token=programs.token("ada"))) == ["open", "team"]
    assert names(programs.ask("/apps")) == ["open", "team", "inner"]


def test_an_app_in_detail(programs):
    told = programs.ask("/apps/inner").json()
    assert (told["state"], told["problem"], told["remedy"]) == (
        "failed",
        "inner: app.py raised",
        "Look at its log.",
    )
    told = programs.ask("/apps/open").json()
    assert (told["state"], told["url"], told["ready"]) == (
        "live",
        "http://localhost:8080/open",
        1,
    )
    assert [release["outcome"] for release in told["releases"]] == ["pending"]


def test_verbs_reach_the_app_host_and_are_told_of(programs):
    assert programs.ask("/apps/open/restart", "POST").status_code == 202
    assert programs.ask("/apps/open/deploy", "POST").status_code == 202
    assert programs.ask("/apps/open/rollback", "POST", json={"to": "r1"}).status_code == 202
    assert programs.house.noted.asked == [
        ("restart", "open", None),
        ("deploy", "open", None),
        ("rollback", "open", "r1"),
    ]
    assert programs.house.events()[:3] == ["app.rollback", "app.deploy", "app.restart"]


def test_what_the_app_host_refuses_is_a_conflict(programs):
    answer = programs.ask("/apps/open/rollback", "POST", json={"to": "r99"})
    assert problem(answer, 409) == "There is no release r99."


def test_logs_are_plain_text(programs):
    answer = programs.ask("/apps/open/logs?tail=1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "<b>hot</b> \x1b[31m\n"


def test_shares_are_listed_ended_and_extended(programs):
    (told,) = programs.ask("/shares").json()
    assert (told["name"], told["expires"]) == ("chat", None)
    assert "address" not in told
    assert programs.ask("/shares/chat", "DELETE").status_code == 204
    assert programs.ask("/shares/chat/extend", "POST", json={"by": 60}).status_code == 204
    assert programs.ask("/shares/chat/extend", "POST", json={"by": "none"}).status_code == 204
    assert programs.house.noted.asked == [
        ("kick", "chat"),
        ("extend", "chat", 60),
        ("extend", "chat", "none"),
    ]
    assert "There is no share" in problem(programs.ask("/shares/other", "DELETE"), 409)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/apps/open"),
        ("GET", "/apps/open/logs"),
        ("POST", "/apps/open/restart"),
        ("POST", "/apps/open/deploy"),
        ("POST", "/apps/open/rollback"),
        ("GET", "/shares"),
        ("DELETE", "/shares/chat"),
        ("POST", "/shares/chat/extend"),
    ],
)
def test_only_administrators_look_after_things(programs, method, path):
    body = {"json": {"by": 60} if "extend" in path else {}} if method == "POST" else {}
    answer = programs.ask(path, method, programs.token("ada"), **body)
    assert "administrators" in problem(answer, 403)
    assert programs.house.noted.asked == []


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer gat_x"}, {"Cookie": "x"}])
def test_without_a_good_token_there_is_nothing(programs, shown):
    answer = programs.client.get(f"{API}/apps", headers=shown)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "account page" in problem(answer, 401)


def test_a_session_is_no_token(programs):
    tab = programs.house.signed_in("root")
    assert tab.client.get(f"{API}/apps").status_code == 401


def test_a_token_for_calls_looks_after_nothing(programs):
    answer = programs.ask("/apps", token=programs.token(uses=("predict",)))
    assert "calling apps only" in problem(answer, 403)
    assert programs.ask("/apps", token=programs.token(uses=("manage",))).status_code == 200


def test_a_token_that_stands_in_a_page_looks_after_nothing(programs):
    """Its source shows it to everybody, also when the one who made it administers."""
    page = {"apps": ("team",), "origin": "https://blog.example.org"}
    for uses in ((), (Use.MANAGE,)):
        token = programs.token(uses=uses, **page)
        for path, method in (("/apps", "GET"), ("/apps/team/restart", "POST")):
            assert programs.ask(path, method, token=token).status_code == 401
            own = {"Origin": page["origin"]}
            assert programs.ask(path, method, token=token, headers=own).status_code == 401
    assert programs.house.noted.asked == []


def test_a_token_of_some_apps_reaches_these(programs):
    token = programs.token(apps=("open",))
    assert names(programs.ask("/apps", token=token)) == ["open"]
    assert programs.ask("/apps/open/restart", "POST", token).status_code == 202
    assert problem(programs.ask("/apps/team/restart", "POST", token), 404)
    assert "some apps only" in problem(programs.ask("/shares", token=token), 403)


def test_a_token_of_another_network_is_none(programs):
    token = programs.token(networks=("192.0.2.0/24",))
    near = {"X-Forwarded-For": "192.0.2.7"}
    assert programs.ask("/me", token=token, headers=near).status_code == 200
    assert programs.ask("/me", token=token).status_code == 401


def test_a_disabled_person_has_no_token(programs):
    token = programs.token("ada")
    programs.house.door.people.change("ada", Change(disabled=True))
    assert programs.ask("/me", token=token).status_code == 401


def test_an_unknown_app_is_told_of(programs):
    assert "'nothing'" in problem(programs.ask("/apps/nothing"), 404)
    assert "nothing at this path" in problem(programs.ask("/nothing"), 404)


def test_a_bad_body_is_told_of(programs):
    answer = programs.ask("/shares/chat/extend", "POST", json={"by": -1})
    assert problem(answer, 422).startswith("body.by")
    answer = programs.ask("/apps/open/rollback", "POST", json={"release": "r1"})
    assert problem(answer, 422).startswith("body.release")


def test_too_many_calls_are_told_when_to_come_again(programs):
    programs.house.yaml(apps=APPS, rate_limit={"per_token": "2/h"})
    token = programs.token()
    assert [programs.ask("/me", token=token).status_code for _ in range(2)] == [200, 200]
    answer = programs.ask("/me", token=token)
    assert "may be made in 30 min" in problem(answer, 429)
    assert answer.headers["retry-after"] == "1800"


def test_the_hosts_of_apps_have_no_api(programs):
    programs.house.yaml(domain="example.org", apps=APPS, share={})
    token = programs.token()
    for host, status in (
        ("example.org", 200),
        ("EXAMPLE.org:443", 200),
        ("open.example.org", 404),
        ("chat.share.example.org", 404),
        ("example.com", 404),
    ):
        assert programs.ask("/me", token=token, headers={"Host": host}).status_code == status, host


def test_where_nobody_signs_in_programs_administer_and_pages_do_not(programs):
    programs.house.yaml(auth=None, apps=APPS)
    ask = programs.client.get
    assert ask(f"{API}/me").json() == {"name": None, "groups": [], "administers": True}
    for told in ({"Origin": "http://localhost:8080"}, {"Sec-Fetch-Site": "same-origin"}):
        assert "no web pages" in problem(ask(f"{API}/me", headers=told), 403)
    assert ask(f"{API}/me", headers={"Host": "rebound.example.com"}).status_code == 404


def test_its_page_shows_every_call(programs):
    page = programs.client.get(f"{API}/", headers={"Accept": "text/html"}).text
    told = programs.client.get(f"{API}/openapi.json").json()
    assert told["servers"] == [{"url": API}]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert f"<b>{method.upper()}</b> {path}<" in page
            assert escape(operation["summary"]) in page
