"""Apps inside other sites' pages: what the door takes for a proof there, and what not."""

import jwt
import pytest

from appliance.auth.forward.guards import compiled
from appliance.auth.tokens.token import Caveats, Use
from appliance.config.schema import Config
from appliance.web.turned_away import TURNED_AWAY
from tests.unit.auth.guarded import APPS, BLOG, HOST, headers, session

INSIDE = {"sec_fetch_site": "same-origin", "sec_fetch_dest": "empty"}
FRAME = {"sec_fetch_site": "cross-site", "sec_fetch_dest": "iframe", "sec_fetch_mode": "navigate"}


def embedded(door, app="team", site=BLOG):
    ada = door.people.named("ada")
    signed = door.sessions.embed(door.sessions.start(ada.id, HOST, ["password"]).session, app, site)
    return f"__Host-appliance-embedded={signed.secret}"


def token(door, **caveats):
    given = {"apps": ("team",), "origin": BLOG, **caveats}
    issued = door.tokens.create(door.people.named("ada").id, "blog", Caveats(**given))
    return issued.secret, f"__Host-appliance-embedded={issued.secret}"


def status(forward, app="team", **asked):
    return forward.answer(f"/app/{app}", headers(**asked))[1][0]


def test_inside_the_site_the_app_knows_its_visitor(door, forward):
    cookie = embedded(door)
    _, (code, answer, _) = forward.answer("/app/team", headers(cookie=cookie, **INSIDE))
    claims = jwt.decode(
        dict(answer)[b"x-appliance-identity"],
        door.keys.identity.public_key(),
        algorithms=["EdDSA"],
        audience="team",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (code, claims["sub"], claims["site"]) == (200, "ada", BLOG)
    assert b"cookie" not in dict(answer)


@pytest.mark.parametrize(
    ("more", "admitted"),
    [
        (FRAME, True),
        ({**FRAME, "referer": f"{BLOG}/a/page"}, True),
        ({**FRAME, "referer": "https://evil.example/"}, False),
        ({"origin": BLOG, "sec_fetch_site": "cross-site"}, True),
        ({"origin": "https://evil.example", "sec_fetch_site": "cross-site"}, False),
        ({"origin": "null", "sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "cross-site", "sec_fetch_dest": "image", "referer": BLOG}, True),
        ({"sec_fetch_site": "cross-site", "sec_fetch_dest": "image"}, False),
        ({"sec_fetch_site": "none", "sec_fetch_dest": "document"}, False),
        ({}, False),
    ],
)
def test_only_the_site_and_the_app_in_it_act_for_the_visitor(door, forward, more, admitted):
    cookie, (_, standing) = embedded(door), token(door)
    assert (status(forward, cookie=cookie, **more) == 200) is admitted
    assert (status(forward, cookie=standing, **more) == 200) is admitted


def test_another_app_of_the_host_is_another_matter(door, forward):
    assert status(forward, cookie=embedded(door, app="inner"), **INSIDE) == 401


def test_a_site_that_the_yaml_no_longer_names_shows_nothing(door, forward):
    cookies = embedded(door), token(door)[1]
    apps = {**APPS, "team": {**APPS["team"], "embed": {"origins": ["https://other.example.org"]}}}
    config = Config.model_validate({"domain": "example.org", "auth": {}, "apps": apps})
    forward.guards = compiled(config, TURNED_AWAY)
    assert [status(forward, cookie=cookie, **INSIDE) for cookie in cookies] == [401, 401]


def test_it_is_no_session_of_a_window(door, forward):
    secret = embedded(door).partition("=")[2]
    assert status(forward, cookie=f"__Host-appliance-session={secret}", **INSIDE) == 401
    plain = session(door).partition("=")[2]
    assert status(forward, cookie=f"__Host-appliance-embedded={plain}", **INSIDE) == 401


def test_signing_out_ends_it(door, forward):
    cookie = embedded(door)
    door.sessions.end_all(door.people.named("ada").id)
    assert status(forward, cookie=cookie, **INSIDE) == 401


def test_a_token_in_a_page_is_no_credential_of_a_program(door, forward):
    secret, _ = token(door)
    assert status(forward, authorization=f"Bearer {secret}") == 401
    assert status(forward, x_hf_authorization=f"Bearer {secret}") == 401


def test_a_token_in_a_page_is_revoked_and_runs_out(door, forward):
    secret, cookie = token(door, until=door.clock() + 60)
    _, other = token(door)
    assert status(forward, cookie=cookie, **INSIDE) == 200
    door.clock.now += 61
    assert status(forward, cookie=cookie, **INSIDE) == 401
    assert status(forward, cookie=other, **INSIDE) == 200
    door.tokens.revoke(door.tokens.find(other.partition("=")[2]).id)
    assert status(forward, cookie=other, **INSIDE) == 401
    assert door.tokens.find(secret) is None


@pytest.mark.parametrize(
    ("method", "uri", "admitted"),
    [
        ("GET", "/", True),
        ("GET", "/assets/index.js", True),
        ("POST", "/gradio_api/queue/join", True),
        ("POST", "/gradio_api/upload", False),
        ("GET", "/gradio_api/run-history/x", False),
        ("GET", "/gradio_api%2Fupload_progress?upload_id=1", False),
        ("GET", "/mounted/gradio_api/upload_progress?upload_id=1", False),
        ("POST", "/own-route", False),
    ],
)
def test_a_token_for_calls_shows_the_page_and_takes_no_files(door, forward, method, uri, admitted):
    _, cookie = token(door, uses=(Use.PREDICT,))
    asked = {"cookie": cookie, "uri": uri, "x_forwarded_method": method}
    assert (status(forward, **asked, **INSIDE) == 200) is admitted


def test_a_site_may_read_why_it_is_refused_and_no_other_may(forward):
    for origin, told in ((BLOG, True), ("https://evil.example", False)):
        _, (code, answer, _) = forward.answer("/app/team", headers(origin=origin))
        assert code == 401
        assert (dict(answer).get(b"access-control-allow-origin") == origin.encode()) is told
        assert (b"access-control-allow-credentials" in dict(answer)) is told
