"""ForwardAuth's answers over HTTPS; tests/integration/auth sees what Traefik makes of them."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.auth.forward.assertion import LIFE, Identities
from appliance.auth.forward.guards import compiled
from appliance.auth.metrics import AuthMetrics
from appliance.auth.people.person import Change
from appliance.auth.secrets import digest
from appliance.auth.stats import AuthStats, observe
from appliance.config.schema import Config
from appliance.metrics.text import own
from appliance.web.turned_away import TURNED_AWAY
from tests.running.clock import Hands
from tests.unit.auth.guarded import APPS, headers, session


def test_a_member_is_let_in_and_told_of(door, forward):
    asked = headers(cookie=session(door) + "; theme=dark")
    outcome, (status, answer, body) = forward.answer("/app/team", asked)
    assert (outcome, status, body) == ("allowed", 200, b"")
    told = dict(answer)
    assert told[b"cookie"] == b"theme=dark"
    assert told[b"remote-user"] == b"ada"
    claims = jwt.decode(
        told[b"x-appliance-identity"],
        door.keys.identity.public_key(),
        algorithms=["EdDSA"],
        audience="team",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["exp"] - claims["iat"] == LIFE


def test_a_cookie_of_plain_http_is_none(door, forward):
    planted = session(door).removeprefix("__Host-")
    assert forward.answer("/app/team", headers(cookie=planted))[1][0] == 401


def test_cookies_in_several_headers_are_one(door, forward):
    """HTTP/2 may send each in a header of its own."""
    asked = [*headers(cookie="theme=dark"), (b"cookie", session(door).encode())]
    outcome, (status, answer, _) = forward.answer("/app/team", [*asked, (b"cookie", b"a=1,2")])
    assert (outcome, status) == ("allowed", 200)
    assert [value for name, value in answer if name == b"cookie"] == [b"theme=dark; a=1,2"]


def test_a_cookie_of_another_host_is_none(door, forward):
    elsewhere = session(door, "example.org")
    assert forward.answer("/app/team", headers(cookie=elsewhere))[1][0] == 401
    inner = headers("example.org", "/inner/", cookie=elsewhere)
    assert forward.answer("/app/inner", inner)[1][0] == 200


def test_a_browser_goes_to_the_sign_in_host_with_a_mark_of_its_own(forward):
    asked = headers(uri="/page?x=1", accept="text/html", sec_fetch_mode="navigate")
    _, (status, answer, _) = forward.answer("/app/team", asked)
    told = dict(answer)
    where = urlsplit(told[b"location"].decode())
    cookie = told[b"set-cookie"].decode()
    mark = cookie.split(";")[0].removeprefix("__Host-appliance-browser=")
    assert status == 302
    assert (where.netloc, where.path) == ("example.org", "/-/hand-over")
    assert parse_qs(where.query) == {
        "to": ["https://team.example.org/page?x=1"],
        "browser": [digest(mark).hex()],
    }
    again = headers(uri="/", accept="text/html", cookie=cookie.split(";")[0])
    _, (_, answer, _) = forward.answer("/app/team", again)
    assert b"set-cookie" not in dict(answer)


def test_on_the_sign_in_host_itself_nothing_is_handed_over(forward):
    asked = headers("example.org", "/inner/", accept="text/html")
    _, (_, answer, _) = forward.answer("/app/inner", asked)
    assert dict(answer)[b"location"] == b"https://example.org/-/sign-in?to=%2Finner%2F"


def test_pages_that_may_embed_the_app_act_for_their_visitor(door, forward):
    cookie = session(door)
    for origin, status in (
        ("http://team.example.org", 401),
        ("https://blog.example.org", 200),
        ("https://team.example.org", 200),
        ("https://open.example.org", 401),
        ("null", 401),
    ):
        asked = headers(cookie=cookie, origin=origin)
        assert forward.answer("/app/team", asked)[1][0] == status, origin


DRAWN_IN = {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"}
FRAMED = {"sec_fetch_site": "same-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}


@pytest.mark.parametrize(
    ("more", "friendly", "admitted"),
    [
        ({**DRAWN_IN, "sec_fetch_dest": "image"}, False, False),
        ({**DRAWN_IN, "sec_fetch_dest": "script", "referer": "https://open.example.org/"}, 0, 0),
        ({**DRAWN_IN, "sec_fetch_dest": "image", "referer": "https://team.example.org/"}, 0, 0),
        ({**DRAWN_IN, "sec_fetch_site": "cross-site", "sec_fetch_dest": "image"}, False, False),
        (FRAMED, False, False),
        ({**FRAMED, "sec_fetch_dest": "object"}, False, False),
        ({**FRAMED, "sec_fetch_dest": "document"}, False, True),
        ({**DRAWN_IN, "sec_fetch_site": "same-origin", "sec_fetch_dest": "image"}, False, True),
        ({"sec_fetch_site": "none", "sec_fetch_dest": "document"}, False, True),
        ({}, False, True),
        (FRAMED, True, True),
        ({**FRAMED, "referer": "https://open.example.org/"}, True, False),
        ({**DRAWN_IN, "sec_fetch_dest": "image", "referer": "https://blog.example.org/"}, 1, 1),
        ({**DRAWN_IN, "sec_fetch_dest": "image", "referer": "https://team.example.org/a"}, 1, 1),
        ({**DRAWN_IN, "sec_fetch_dest": "image", "referer": "https://open.example.org/"}, 1, 0),
        ({**DRAWN_IN, "sec_fetch_dest": "image"}, True, False),
    ],
)
def test_a_page_elsewhere_draws_nothing_in_as_its_visitor(door, forward, more, friendly, admitted):
    """Without `Origin` as well: pictures, scripts and frames. Links are followed by people."""
    if not friendly:
        apps = {**APPS, "team": {**APPS["team"], "embed": {}}}
        config = Config.model_validate({"domain": "example.org", "auth": {}, "apps": apps})
        forward.guards = compiled(config, TURNED_AWAY)
    status = forward.answer("/app/team", headers(cookie=session(door), **more))[1][0]
    assert status == (200 if admitted else 401)


def test_what_traefik_was_not_told_of_is_closed(forward):
    for path in ("/app/other", "/app/team/", "/", "/app/../app/open"):
        assert forward.answer(path, headers())[1][0] == 403
    forward.guards = {}
    assert forward.answer("/app/open", headers())[1][0] == 403


def test_an_assertion_is_made_anew_in_time_and_when_a_person_changes(door):
    clock = Hands()
    identities = Identities(door.keys.identity, clock)
    ada = door.people.named("ada")
    first = identities.headers(ada, "team")
    clock.now += 19
    assert identities.headers(ada, "team") is first
    assert identities.headers(ada, "open") != first
    clock.now += 1
    second = identities.headers(ada, "team")
    assert second != first
    changed = door.people.change("ada", Change(groups=[]))
    assert b"remote-groups" not in dict(identities.headers(changed, "team"))


def test_a_name_that_is_not_latin_is_told_as_utf8(door):
    person = door.people.change("ada", Change(full_name="Ада Лавлейс"))
    told = dict(Identities(door.keys.identity, Hands()).headers(person, "team"))
    assert told[b"remote-name"].decode() == "Ада Лавлейс"


def test_the_numbers_are_those_that_were_counted(door):
    stats: AuthStats = door.stats
    for seconds in (0.00005, 0.0002, 0.0002, 9.0):
        observe(stats, "allowed", seconds)
    door.stats.sign_ins["succeeded"] += 2
    families = {f.name: f for f in text_string_to_metric_families(own(AuthMetrics(door)))}
    [decisions] = families["appliance_auth_decisions"].samples
    assert (decisions.labels, decisions.value) == ({"outcome": "allowed"}, 4)
    buckets = {
        sample.labels["le"]: sample.value
        for sample in families["appliance_auth_decision_seconds"].samples
        if "le" in sample.labels
    }
    assert (buckets["0.0001"], buckets["0.00025"], buckets["0.05"], buckets["+Inf"]) == (1, 3, 3, 4)
    assert families["appliance_auth_people"].samples[0].value == 1
