from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from appliance.auth.failures import BurnedLinkError, NameTakenError
from appliance.auth.people.links import Invitation, Kind, Links


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
