"""What the pages show, and what their forms do."""

from datetime import UTC, datetime

import pytest

from appliance.apps.model import Ended, Outcome, Problem
from appliance.auth.audit import Event
from appliance.certs.model import Origin
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.config.schema import Config
from appliance.web.dashboard.apps import releases
from appliance.web.dashboard.certificates import name_rows, soonest
from appliance.web.dashboard.places import AUDIT, DASHBOARD, PEOPLE, SHARES, SHARING, app_page
from appliance.web.dashboard.sharing import recipe, share_rows
from appliance.web.dashboard.wording import access_words, lasting, limit_words
from tests.running import machine, statuses
from tests.running.house import House
from tests.unit.web.dashboard.conftest import APPS

HELLO = app_page("hello")


def test_the_first_page_tells_how_every_app_is(house: House) -> None:
    page = house.signed_in().open(DASHBOARD).text
    for text in ("1 of 2", "KeyError at line 3", f'href="{HELLO}"', 'href="/hello/"', "r1"):
        assert text in page
    # Which do not, however far down the list they are.
    assert f'failed: <a href="{app_page("broken")}">broken</a>' in page


def test_many_apps_are_searched_and_all_of_them_counted(house: House) -> None:
    tab = house.signed_in()
    assert not tab.open(DASHBOARD).text.count('type="search"')
    house.yaml(apps={**APPS, **{f"app-{n:02}": {"source": "hello"} for n in range(50)}})
    assert tab.open(DASHBOARD).text.count('type="search"') == 1
    page = tab.open(f"{DASHBOARD}?q=APP-17").text
    assert f'href="{app_page("app-17")}"' in page
    assert f'href="{app_page("app-18")}"' not in page
    assert "1 of 52." in page
    # How all of them are is said all the same, and the list that is kept up to date is this one.
    assert "<span>1 of 52</span>" in page
    assert f'failed: <a href="{app_page("broken")}">broken</a>' in page
    assert "&amp;q=APP-17" in page or "&q=APP-17" in page
    assert "No app is called or described like this." in tab.open(f"{DASHBOARD}?q=zzz").text


def test_one_page_tells_all_about_an_app(house: House) -> None:
    page = house.signed_in().open(app_page("broken")).text
    for text in ("KeyError: &#39;x&#39;", "<code>pip list</code>", "Everybody, signed in or not."):
        assert text in page
    tab = house.signed_in()
    assert tab.open(app_page("nobody")).status_code == 404
    assert tab.says("taken out of the YAML")


def test_an_app_that_was_started_again_says_why(house: House) -> None:
    killed = Problem(code="killed-for-memory", summary="It used too much.", remedy="Raise `it`.")
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    again = house.apps[0].model_copy(update={"ended": Ended(at=at, problem=killed)})
    house.apps = (again, *house.apps[1:])
    page = house.signed_in().open(HELLO).text
    assert "It used too much." in page
    assert "1 Mar 2026, 12:30 UTC; it was started again. Raise <code>it</code>." in page


@pytest.mark.parametrize("verb", ["deploy", "restart"])
def test_a_verb_is_done_once_and_noted(house: House, verb: str) -> None:
    tab = house.signed_in()
    tab.open(HELLO)
    tab.submit(f"{HELLO}/{verb}")
    assert tab.url == f"{HELLO}?done={verb}"
    assert 'role="status"' in tab.page.text
    assert house.noted.asked == [(verb, "hello", None)]
    event = next(iter(house.door.audit.read(kind="app.")))
    assert (event.kind, event.actor, event.app) == (f"app.{verb}", "ada", "hello")


def test_a_rollback_names_its_release(house: House) -> None:
    former = statuses.release(2).model_copy(update={"outcome": Outcome.RETIRED})
    live = house.apps[0]
    releases = (*live.releases, former)
    house.apps = (live.model_copy(update={"releases": releases}),)
    tab = house.signed_in()
    tab.open(HELLO)
    tab.submit(f"{HELLO}/rollback", to="r2")
    assert house.noted.asked == [("rollback", "hello", "r2")]
    tab.submit(f"{HELLO}/rollback", to="r99")
    assert tab.page.status_code == 409
    assert tab.says("There is no release r99.")


def test_a_log_is_text_that_steers_nothing(house: House) -> None:
    log = house.signed_in().open(f"{HELLO}/logs")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert log.text == "Running on local URL\n<b>hot</b> ·[31m\n"
    assert house.signed_in("bob").open(f"{HELLO}/logs").status_code == 403


def test_a_log_streams_to_the_page_it_belongs_to(house: House) -> None:
    tab = house.signed_in()
    page = tab.open(HELLO).text
    address = page.split('data-log="', 1)[1].split('"', 1)[0]
    assert tab.client.get(address.partition("?")[0]).status_code == 403
    stream = tab.client.get(address)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert "data: Running on local URL\n" in stream.text
    assert ("logs", "hello", True) in house.noted.asked


def test_shares_are_ended_and_extended(house: House) -> None:
    house.noted.shared = (machine.share(expires=house.clock() + 10_000), machine.share("x"))
    tab = house.signed_in()
    page = tab.open(SHARES).text
    assert "http://chat.share.localhost:8080" in page
    assert "12 requests, 1 under way · 2 MB" in page
    tab.submit(f"{SHARES}/extend", name="chat", by="3600")
    tab.open(SHARES)
    token = tab.form(f"{SHARES}/extend")["fields"]["form-token"]
    ended = tab.client.post(f"{SHARES}/kick", data={"form-token": token, "name": "chat"})
    assert ended.headers["location"] == f"{SHARES}?done=kick"
    assert house.noted.asked == [("extend", "chat", 3600.0), ("kick", "chat")]
    tab.submit(f"{SHARES}/extend", name="chat", by="1e9")
    assert tab.page.status_code == 422
    assert [e.kind for e in house.door.audit.read(kind="share.")] == [
        "share.kicked",
        "share.extended",
    ]


def test_many_shares_are_searched_and_the_page_stays_small(house: House) -> None:
    house.noted.shared = tuple(
        machine.share(f"s{n:03}", since=float(n), expires=house.clock() + 9_000) for n in range(500)
    )
    tab = house.signed_in()
    page = tab.open(SHARES)
    assert tab.says("Page 1 of 10")
    assert tab.says("http://s499.share")
    assert not tab.says("http://s449.share")
    assert len(page.content) < 50_000
    tab.open(f"{SHARES}?page=2")
    assert tab.says("http://s449.share")
    assert tab.says("page=2")
    assert tab.says("page=3")
    assert not tab.says("http://s450.share")
    # Those that were on it have ended meanwhile.
    tab.open(f"{SHARES}?page=99")
    assert tab.says("Page 10 of 10")
    assert tab.says("http://s000.share")
    tab.open(f"{SHARES}?q=S123")
    assert tab.says("http://s123.share")
    assert not tab.says("http://s124.share")
    assert tab.says("&amp;q=S123") or tab.says("&q=S123")


def test_past_shares_are_shown_on_demand(house: House) -> None:
    tab = house.signed_in()
    tab.open(SHARES)
    assert not tab.says("http://old.share")
    tab.open(f"{SHARES}?past=yes")
    assert tab.says("http://old.share")


def test_on_loopback_without_sign_in_the_page_is_open_and_forms_are_ours(house: House) -> None:
    house.yaml(auth=None, apps=APPS, share={})
    tab = house.tab()
    assert tab.open(HELLO).status_code == 200
    assert tab.client.post(f"{HELLO}/restart", data={}).status_code == 403
    tab.submit(f"{HELLO}/restart")
    assert tab.url == f"{HELLO}?done=restart"
    assert house.noted.asked == [("restart", "hello", None)]
    assert PEOPLE not in tab.open(DASHBOARD).text


def test_the_audit_is_filtered(house: House) -> None:
    house.door.audit.write(Event("person.created", actor="cli", subject="eve"))
    tab = house.signed_in()
    assert "person.created" in tab.open(AUDIT).text
    assert "person.created" not in tab.open(f"{AUDIT}?kind=sign-in").text
    assert "person.created" not in tab.open(f"{AUDIT}?person=ada").text
    assert "person.created" in tab.open(f"{AUDIT}?person=eve&kind=person").text


def test_people_who_cannot_administer_learn_how_to_share(house: House) -> None:
    page = house.signed_in("bob").open(SHARING).text
    assert "demo.launch(share=True, share_server_address=&#34;localhost:7000&#34;)" in page


def test_a_recipe_is_filled_in_for_the_relay() -> None:
    assert recipe(Config(), tls=True) is None
    public = Config.model_validate({"domain": "d.example.org", "share": {}})
    found = recipe(public, tls=True)
    assert found is not None
    assert found.arguments == (
        'share=True, share_server_address="share.d.example.org:7000", '
        'share_server_protocol="https", share_server_tls_certificate="share.pem"'
    )
    assert (found.certificate, found.needs_key) == ("https://d.example.org/share.pem", True)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-1, "0 s"), (45, "45 s"), (3600, "1 h"), (12_000, "3 h 20 min"), (90_061, "1 d 1 h")],
)
def test_what_is_left_is_told_in_two_units(seconds: float, told: str) -> None:
    assert lasting(seconds) == told


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ({}, "Everybody who reaches this machine: the YAML has no `auth`, so nobody can sign in."),
        ({"auth": {"default": "signed-in"}}, "Everybody who has signed in."),
        (
            {"auth": {"default": {"users": ["ada", "bob"], "groups": ["lab"]}}},
            "Only ada, bob and the group lab, once signed in.",
        ),
    ],
)
def test_access_is_told_in_words(yaml: dict[str, object], words: str) -> None:
    config = Config.model_validate({"apps": APPS, **yaml})
    assert access_words(config, "hello") == words


def test_limits_are_told_in_words() -> None:
    app = {"source": "hello", "limits": {"memory": "2g", "cpus": 1.5}}
    told = dict(limit_words(Config.model_validate({"apps": {"hello": app}}), "hello"))
    assert (told["Memory"], told["CPU cores"], told["Disk"]) == ("2.0 GB", "1.5", "no limit")


def test_shares_are_the_newest_first_with_what_is_left() -> None:
    shares = [
        machine.share("a", since=0.0, expires=1000.0, owner="token", address="10.0.0.9"),
        machine.share("b", since=50.0, state="expired", expires=60.0),
    ]
    rows = share_rows(shares, 100.0, past=True)
    assert [(row.name, row.ends, row.until) for row in rows] == [
        ("b", "expired", None),
        ("a", "in 15 min", 1000.0),
    ]
    assert rows[1].owner == "10.0.0.9"
    assert [row.name for row in share_rows(shares, 100.0, past=False)] == ["a"]


def test_certificates_tell_their_days() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    soon = NameStatus(name="a", origin=Origin.CERTBOT, expires=datetime(2026, 1, 9, tzinfo=UTC))
    status = CertificatesStatus(names=(soon, NameStatus(name="b")))
    assert [(row.days, row.soon) for row in name_rows(status, now)] == [(8, True), (None, True)]
    assert soonest(status, now) == 8


def test_only_a_release_that_has_served_can_come_back() -> None:
    made = [
        statuses.release(number).model_copy(update={"outcome": outcome})
        for number, outcome in enumerate(Outcome, 1)
    ]
    status = statuses.live("hello", "http://h:1").model_copy(
        update={"live": "r2", "releases": tuple(made)}
    )
    assert [(row.state, row.can_return) for row in releases(status)] == [
        ("new", False),
        ("serves", False),
        ("former", True),
        ("failed", False),
    ]


def test_the_overview_knows_who_comes(house: House) -> None:
    assert 'href="/-/sign-in?to=/"' in house.tab().open("/").text
    assert "/-/dashboard" not in house.tab().open("/").text
    hers = house.signed_in().open("/").text
    assert 'href="/-/dashboard"' in hers
    assert 'href="/-/account"' in hers
    house.yaml(auth=None, apps=APPS)
    assert 'href="/-/dashboard"' in house.tab().open("/").text
    house.yaml(auth=None, apps=APPS, domain="d.example.org")
    assert "/-/dashboard" not in house.tab("http://d.example.org").open("/").text


def test_the_overview_sends_no_administrator_to_ask_himself(house: House) -> None:
    house.yaml(apps={})
    assert "source: path/to/folder" in house.signed_in().open("/").text
    others = house.signed_in("bob").open("/").text
    assert "source: " not in others
    assert "Ask whoever looks after this appliance" in others
