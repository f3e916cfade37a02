import pytest

from appliance.web.api.serving import API
from tests.unit.web.api.test_api import problem

LIMITS = [
    {"apps": ("open",)},
    {"uses": ("manage",)},
    {"networks": ("192.0.2.0/24",)},
    {"until": 2_000_000_000.0},
]
NEAR = {"X-Forwarded-For": "192.0.2.7"}


def made(programs, token, **order):
    body = {"label": "ci", **order}
    return programs.ask("/tokens", "POST", token, json=body, headers=NEAR)


def test_a_token_makes_another_that_works(programs):
    answer = made(programs, programs.token("ada"), apps=["open"], uses=["manage"], life=3600)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["apps"], told["uses"], told["label"]) == (["open"], ["manage"], "ci")
    assert programs.ask("/me", token=told["secret"]).json()["name"] == "ada"
    assert [app["name"] for app in programs.ask("/apps", token=told["secret"]).json()] == ["open"]
    assert programs.house.events()[0] == "token.created"


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: next(iter(limits)))
def test_no_token_makes_one_that_may_do_more(programs, limits):
    answer = made(programs, programs.token("root", **limits), life=None)
    assert "none with more can be made" in problem(answer, 403)
    assert len(programs.house.door.tokens.all()) == 1


def test_what_stays_within_the_limits_is_made(programs):
    limits = {key: value for one in LIMITS for key, value in one.items()}
    token = programs.token("root", **limits)
    within = {"apps": ["open"], "uses": ["manage"], "networks": ["192.0.2.128/25"], "life": 60}
    assert made(programs, token, **within).status_code == 201
    for more in (
        {"apps": ["open", "team"]},
        {"apps": []},
        {"uses": ["manage", "predict"]},
        {"networks": ["192.0.2.128/25", "198.51.100.0/24"]},
        {"networks": ["::/0"]},
        {"networks": []},
        {"life": 2**31 // 8},
    ):
        assert made(programs, token, **within | more).status_code in {403, 404}, more


def test_an_app_that_the_person_does_not_see_is_none(programs):
    assert "'inner'" in problem(made(programs, programs.token("ada"), apps=["inner"]), 404)


def test_what_is_wrong_is_told(programs):
    assert "192.0.2" in problem(made(programs, programs.token(), networks=["192.0.2"]), 409)
    assert problem(made(programs, programs.token(), uses=["rule"]), 422).startswith("body.uses")


def test_one_sees_and_ends_ones_own_that_may_do_no_more(programs):
    whole, narrow = programs.token("ada"), programs.token("ada", apps=("open",))
    programs.token("root")
    tokens, people = programs.house.door.tokens, programs.house.door.people
    ids = {one.caveats.apps: one.id for one in tokens.of(people.named("ada").id)}
    told = programs.ask("/tokens", token=whole)
    assert "secret" not in told.text
    assert {one["id"] for one in told.json()} == set(ids.values())
    assert [one["id"] for one in programs.ask("/tokens", token=narrow).json()] == [ids[("open",)]]
    (foreign,) = tokens.of(people.named("root").id)
    for other in (foreign.id, ids[()]):
        assert "no token of yours" in problem(
            programs.ask(f"/tokens/{other}", "DELETE", narrow), 404
        )
    assert programs.ask(f"/tokens/{ids[('open',)]}", "DELETE", whole).status_code == 204
    assert programs.ask("/me", token=narrow).status_code == 401
    assert programs.house.events()[0] == "token.revoked"


def test_where_nobody_signs_in_there_are_none(programs):
    programs.house.yaml(auth=None)
    assert "Nobody signs in" in problem(programs.client.get(f"{API}/tokens"), 404)


def test_a_wrong_method_is_told_all_that_there_are(programs):
    answer = programs.ask("/tokens", "PUT")
    assert answer.headers["allow"] == "GET, POST"
    assert "not with this method" in problem(answer, 405)
