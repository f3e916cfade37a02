import pytest

from appliance.auth.browsers.returning import Destination
from appliance.auth.failures import BurnedCodeError
from appliance.auth.secrets import digest
from appliance.auth.sessions.handover import HandOvers
from appliance.auth.sessions.sessions import Sessions

WHERE = Destination("https://a.example.org", "a.example.org", "/page?x=1")


@pytest.fixture
def sessions(engine, clock):
    return Sessions(engine, clock)


@pytest.fixture
def begun(sessions, clock, ada):
    """A code for ada on a.example.org in the browser whose cookie is `b`."""
    overs = HandOvers(sessions, clock)
    session = sessions.start(ada.id, "example.org", ["password"]).session
    url = overs.begin(session, WHERE, digest("b").hex())
    assert url.startswith("https://a.example.org/-/enter?code=")
    return overs, session, url.split("=")[1]


def test_a_code_gives_a_session_on_the_other_host(begun, sessions, ada):
    overs, session, code = begun
    signed, where = overs.finish(code, "a.example.org", "b")
    assert where == WHERE
    assert sessions.find(signed.secret, "a.example.org").family == session.family


@pytest.mark.parametrize(
    ("host", "browser"), [("b.example.org", "b"), ("a.example.org", "c"), ("a.example.org", None)]
)
def test_a_code_is_burned_by_whoever_tries_it(begun, host, browser):
    overs, _, code = begun
    with pytest.raises(BurnedCodeError):
        overs.finish(code, host, browser)
    with pytest.raises(BurnedCodeError):
        overs.finish(code, "a.example.org", "b")


def test_a_code_is_good_for_half_a_minute_while_its_session_lives(begun, sessions, clock):
    overs, session, code = begun
    other = overs.begin(session, WHERE, digest("b").hex()).split("=")[1]
    clock.now += 30
    with pytest.raises(BurnedCodeError):
        overs.finish(code, "a.example.org", "b")
    clock.now -= 30
    sessions.end(session)
    with pytest.raises(BurnedCodeError):
        overs.finish(other, "a.example.org", "b")
