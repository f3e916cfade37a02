import pytest

from appliance.auth.failures import BurnedCodeError
from appliance.auth.secrets import digest
from appliance.auth.sessions.embedding import Grants, Wish, granting
from tests.unit.auth.guarded import BLOG, HOST

VERIFIER = "only the document that asks knows this"


def wish(**more):
    told = {"app": "team", "site": BLOG, "challenge": digest(VERIFIER).hex(), "reader": "frame"}
    return Wish(**{**told, **more})


@pytest.fixture
def grants(door):
    return Grants(door.sessions, door.clock)


@pytest.fixture
def signed_in(door):
    return door.sessions.start(door.people.named("ada").id, HOST, ["password"]).session


def test_a_code_becomes_a_session_of_the_app_inside_the_site(grants, signed_in):
    signed = grants.finish(grants.begin(signed_in, wish()), VERIFIER, "team", HOST)
    assert (signed.session.app, signed.session.site) == ("team", BLOG)
    assert signed.session.family == signed_in.family


@pytest.mark.parametrize(
    ("verifier", "app", "host"),
    [
        ("a guess", "team", HOST),
        (VERIFIER, "inner", HOST),
        (VERIFIER, "team", "other.example.org"),
    ],
)
def test_code_injection_needs_what_the_document_keeps(grants, signed_in, verifier, app, host):
    """Login CSRF too: a document takes no code that was made for another one."""
    code = grants.begin(signed_in, wish())
    with pytest.raises(BurnedCodeError):
        grants.finish(code, verifier, app, host)
    with pytest.raises(BurnedCodeError):
        grants.finish(code, VERIFIER, "team", HOST)


def test_a_code_is_good_once_for_a_minute_and_while_its_session_lives(door, grants, signed_in):
    used = grants.begin(signed_in, wish())
    grants.finish(used, VERIFIER, "team", HOST)
    late = grants.begin(signed_in, wish())
    door.clock.now += 61
    dead = grants.begin(signed_in, wish())
    door.sessions.end(signed_in)
    for code in (used, late, dead):
        with pytest.raises(BurnedCodeError):
            grants.finish(code, VERIFIER, "team", HOST)


@pytest.mark.parametrize(
    "more", [{"site": "https://evil.example"}, {"challenge": "short"}, {"reader": "*"}]
)
def test_what_may_not_be_granted_is_no_wish(more):
    assert wish().allowed((BLOG,))
    assert not wish(**more).allowed((BLOG,))


def test_where_a_window_leads_is_read_from_its_path():
    assert granting("/-/apps/team/embedded?site=x") == "team"
    assert granting("/-/apps/team/embed?site=x") is None
    assert granting("/-/apps/team/embedded/enter?token=x") is None
