"""Links and codes that are good once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from appliance.auth.failures import BurnedCodeError, BurnedLinkError, NameTakenError
from appliance.auth.handover import HandOvers
from appliance.auth.links import Invitation, Kind, Links
from appliance.auth.returning import Destination
from appliance.auth.secrets import digest
from appliance.auth.sessions import Sessions
from appliance.auth.shortlived import ShortLived

WHERE = Destination("https://a.example.org", "a.example.org", "/page?x=1")


@pytest.fixture
def links(engine, clock):
    return Links(engine, clock)


def use(links, secret):
    with links.using(secret) as link:
        return link


def test_an_invitation_brings_what_it_was_made_with_and_burns(links):
    secret = links.invite(Invitation(("lab",), admin=True, name="eve"), "ada")
    link = use(links, secret)
    assert (link.kind, link.invitation.groups, link.created_by) == (
        Kind.INVITATION,
        ("lab",),
        "ada",
    )
    with pytest.raises(BurnedLinkError):
        use(links, secret)
    with pytest.raises(BurnedLinkError):
        links.look(secret)


def test_what_is_refused_leaves_the_link_good(links):
    secret = links.invite(Invitation(), "ada")
    with pytest.raises(NameTakenError), links.using(secret):
        raise NameTakenError("taken")
    assert use(links, secret).kind is Kind.INVITATION


def test_it_runs_out(links, clock):
    secret = links.invite(Invitation(), "ada")
    clock.now += timedelta(days=7).total_seconds()
    with pytest.raises(BurnedLinkError):
        use(links, secret)
    assert links.open() == []


def test_a_new_link_for_the_same_thing_replaces_the_former(links, ada, bob):
    setup, adas, bobs = links.setup(), links.reset(ada, "cli"), links.reset(bob, "cli")
    again = links.setup(), links.reset(ada, "cli")
    for former in (setup, adas):
        with pytest.raises(BurnedLinkError):
            use(links, former)
    assert use(links, again[0]).invitation.admin
    assert use(links, again[1]).person == ada.id
    assert use(links, bobs).person == bob.id


def test_of_many_at_once_one_gets_it(links):
    secret = links.setup()

    def attempt(_):
        try:
            return use(links, secret)
        except BurnedLinkError:
            return None

    with ThreadPoolExecutor(8) as threads:
        got = [link for link in threads.map(attempt, range(16)) if link]
    assert len(got) == 1


def test_short_lived_things_are_fetched_once_in_time(clock):
    kept = ShortLived(clock, timedelta(seconds=30), most=3)
    first, second = kept.put("a"), kept.put("b")
    assert kept.look(first) == "a"
    assert kept.take(first) == "a"
    assert kept.take(first) is None
    clock.now += 30
    assert kept.take(second) is None
    for text in "cdefg":
        last = kept.put(text)
    assert len(kept) == 3
    assert kept.take(last) == "g"


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
