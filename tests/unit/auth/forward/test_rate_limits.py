"""ForwardAuth counts calls; tests/integration/auth sees what Gradio's clients make of a refusal."""

import json

import pytest

from appliance.auth.door import open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.people.person import NewPerson
from appliance.auth.tokens.token import Caveats
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.web.turned_away import TURNED_AWAY
from tests.running.clock import HASHER, Hands
from tests.unit.auth.guarded import headers

APPS = {
    "open": {"source": "x", "access": "public"},
    "other": {"source": "x", "access": "public"},
    "free": {"source": "x", "access": "public", "rate_limit": {"per_token": "1/h"}},
}
HOST = "open.example.org"
LIMIT = {"per_address": "2/h", "per_token": "3/h"}


@pytest.fixture
def door(tmp_path):
    made = open_door(tmp_path, clock=Hands(), passwords=HASHER)
    made.people.create(NewPerson("ada"))
    yield made
    made.engine.dispose()


@pytest.fixture
def forward(door):
    document = {"domain": "example.org", "auth": {}, "rate_limit": LIMIT, "apps": APPS}
    made = guarding.forward(door)
    made.guards = compiled(Config.model_validate(document), TURNED_AWAY)
    return made


def call(forward, app="open", address="192.0.2.1", **more):
    """The status of the answer to a POST."""
    given = {"x-forwarded-method": "POST", "x-forwarded-for": address, **more}
    return forward.answer(f"/app/{app}", headers(**given))[1][0]


def test_an_address_calls_as_often_as_the_yaml_says(forward):
    assert [call(forward) for _ in range(3)] == [200, 200, 429]
    assert call(forward, address="192.0.2.2") == 200


def test_a_network_of_ipv6_is_one_address(forward):
    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8::3")
    assert [call(forward, address=one) for one in addresses] == [200, 200, 429]
    assert call(forward, address="2001:db8:0:1::1") == 200


def test_whoever_has_a_48_does_not_call_from_each_of_its_networks(forward):
    """Sixteen times as often as one address, as the lockout has it."""
    answers = [call(forward, address=f"2001:db8:0:{one:x}::1") for one in range(40)]
    assert answers == [200] * 32 + [429] * 8
    assert call(forward, address="2001:db8:1::1") == 200
    assert call(forward, address="2001:db8:0:5::1", app="other") == 200


def test_what_only_reads_is_no_call(forward):
    for method in ("GET", "HEAD", "OPTIONS"):
        asked = headers(**{"x-forwarded-method": method})
        assert {forward.answer("/app/open", asked)[1][0] for _ in range(9)} == {200}
    assert call(forward) == 200


def test_each_app_counts_for_itself(forward):
    assert [call(forward), call(forward), call(forward)] == [200, 200, 429]
    assert call(forward, "other") == 200


def test_an_app_with_a_limit_of_its_own_has_only_that(door, forward):
    assert {call(forward, "free") for _ in range(9)} == {200}
    shown = bearer(door)
    assert [call(forward, "free", **shown) for _ in range(2)] == [200, 429]


def bearer(door):
    person = door.people.named("ada")
    secret = door.tokens.create(person.id, "test", Caveats()).secret
    return {"authorization": f"Bearer {secret}"}


def test_a_token_is_counted_wherever_it_is_used(door, forward):
    shown = bearer(door)
    told = [call(forward, address=f"192.0.2.{n}", **shown) for n in range(1, 5)]
    assert told == [200, 200, 200, 429]
    assert call(forward, **bearer(door)) == 200


def test_a_session_made_with_a_token_is_counted_as_the_token(door, forward):
    person = door.people.named("ada")
    token = door.tokens.create(person.id, "test", Caveats()).token
    signed = door.sessions.start(person.id, HOST, ["token"], token=token.id)
    shown = {"x-forwarded-host": HOST, "cookie": f"__Host-appliance-session={signed.secret}"}
    told = [call(forward, address=f"192.0.2.{n}", **shown) for n in range(1, 5)]
    assert told == [200, 200, 200, 429]


def test_a_bad_token_makes_nobody_exempt(forward):
    told = [call(forward, authorization=f"Bearer gat_{n}") for n in range(3)]
    assert told == [200, 200, 429]


def test_the_refusal_says_when_to_come_again(forward):
    for _ in range(2):
        call(forward)
    asked = headers(**{"x-forwarded-method": "POST"})
    outcome, (status, answer, body) = forward.answer("/app/open", asked)
    assert (outcome, status) == ("rate-limited", 429)
    assert dict(answer)[b"retry-after"] == b"1800"
    assert json.loads(body) == {"detail": "Too many calls: the next one may be made in 30 min."}


def test_a_browser_that_sends_a_form_sees_a_page(forward):
    for _ in range(2):
        call(forward)
    asked = headers(**{"x-forwarded-method": "POST"}, accept="text/html,*/*")
    _, (status, answer, body) = forward.answer("/app/open", asked)
    assert status == 429
    assert dict(answer)[b"retry-after"] == b"1800"
    assert b"The next one may be made in 30 min: go back" in body
    assert dict(answer)[b"content-length"] == b"%d" % len(body)


def test_a_new_configuration_forgets_no_call(forward):
    assert [call(forward), call(forward)] == [200, 200]
    document = {"domain": "example.org", "auth": {}, "rate_limit": LIMIT, "apps": APPS}
    forward.guards = compiled(Config.model_validate(document), TURNED_AWAY)
    assert call(forward) == 429
