"""Signing in and out as people without scripts do it."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from appliance.auth.people.person import Change
from appliance.auth.secrets import digest
from appliance.auth.tokens.token import Caveats
from appliance.web.answers import STATIC
from tests.running.house import PASSWORD, House

PUBLIC = {
    "domain": "d.example.org",
    "apps": {"hello": {"source": "hello"}, "other": {"source": "x", "host": "x.example.net"}},
}


def test_name_and_password_open_what_was_asked_for(house: House) -> None:
    house.person()
    tab = house.tab()
    tab.open("/-/sign-in?to=/hello/%3Fa%3Db")
    tab.submit(name=" ADA ", password=PASSWORD)
    assert tab.url == "/hello/?a=b"
    assert tab.open("/-/account").status_code == 200
    assert tab.says("Your account")
    assert "sign-in.succeeded" in house.events()


def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House) -> None:
    house.person()
    pages = []
    for name in ("ada", "bob"):
        tab = house.tab()
        tab.open("/-/sign-in")
        assert tab.submit(name=name, password="not the password").status_code == 422
        pages.append(re.sub(r'value="[^"]*"|data-passkey="[^"]*"', "", tab.page.text))
        assert 'role="alert"' in tab.page.text
        assert "not the password" not in tab.page.text
    assert pages[0] == pages[1]


def test_too_many_attempts_say_how_long_to_wait_whoever_is_named(house: House) -> None:
    house.person()
    for name in ("ada", "nobody"):
        tab = house.tab()
        tab.open("/-/sign-in")
        for _ in range(5):
            tab.submit(name=name, password="not the password")
        answer = tab.submit(name=name, password=PASSWORD)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 800
        assert tab.says("Try again in 15 minutes.")


def test_ones_own_slip_is_not_told(house: House) -> None:
    house.person()
    tab = house.tab()
    tab.open("/-/sign-in?to=/hello")
    tab.submit(name="ada", password="not the password")
    tab.submit(name="ada", password=PASSWORD)
    assert tab.url == "/hello"


def test_attempts_of_others_are_told_at_the_next_signing_in(house: House) -> None:
    house.person()
    stranger = house.tab()
    stranger.open("/-/sign-in")
    for _ in range(3):
        stranger.submit(name="ada", password="not the password")
    tab = house.tab()
    tab.open("/-/sign-in?to=/hello")
    tab.submit(name="ada", password=PASSWORD)
    assert tab.says("3 attempts to sign in to your account failed")
    assert 'href="/hello"' in tab.page.text
    assert house.signed_in().says("Your account")


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://hello.d.example.org.evil.example/",
        "https://hello.d.example.org@evil.example/",
        "http://hello.d.example.org/",
        "/ok\r\nSet-Cookie: a=b",
    ],
)
def test_nobody_is_led_away_after_signing_in(house: House, to: str) -> None:
    house.yaml(**PUBLIC)
    house.person()
    tab = house.tab("https://d.example.org")
    tab.client.get("/-/sign-in")
    tab.page = tab.client.get("/-/sign-in", params={"to": to})
    tab.url = "/-/sign-in"
    tab.submit(name="ada", password=PASSWORD)
    assert tab.url == "/"


@pytest.mark.parametrize("to", ["https://hello.d.example.org/a?b=c", "https://x.example.net/"])
def test_apps_on_their_own_hosts_are_reached_by_a_page_in_between(house: House, to: str) -> None:
    house.yaml(**PUBLIC)
    house.person()
    tab = house.tab("https://d.example.org")
    tab.page = tab.client.get("/-/sign-in", params={"to": to})
    tab.submit(name="ada", password=PASSWORD)
    assert tab.page.status_code == 200
    assert f'content="0;url={to}"' in tab.page.text


def test_a_form_made_for_another_browser_signs_nobody_in(house: House) -> None:
    house.person()
    attacker, victim = house.tab(), house.tab()
    attacker.open("/-/sign-in")
    victim.page = attacker.page
    victim.url = "/-/sign-in"
    assert victim.submit(name="ada", password=PASSWORD).status_code == 403
    assert victim.says("Nothing was changed")
    assert not house.door.sessions.of(house.door.people.named("ada").id)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_send_a_form(house: House, site: str) -> None:
    house.person()
    tab = house.tab()
    tab.open("/-/sign-in")
    fields = {**tab.form()["fields"], "name": "ada", "password": PASSWORD}
    sent = tab.client.post("/-/sign-in", data=fields, headers={"Sec-Fetch-Site": site})
    assert sent.status_code == 403


def test_a_session_from_before_is_worth_nothing_after(house: House) -> None:
    house.person()
    tab = house.signed_in()
    before = tab.client.cookies["appliance-session"]
    tab.open("/-/sign-in?again=1")
    tab.submit("/-/sign-in", name="ada", password=PASSWORD)
    assert tab.client.cookies["appliance-session"] != before
    assert house.door.sessions.find(before, "localhost") is None


def test_signing_out_takes_a_form_and_ends_the_session(house: House) -> None:
    house.person()
    tab = house.signed_in()
    secret = tab.client.cookies["appliance-session"]
    tab.open("/-/sign-out")
    assert house.door.sessions.find(secret, "localhost")
    tab.submit()
    assert tab.says("You are signed out")
    assert house.door.sessions.find(secret, "localhost") is None
    assert "appliance-session" not in tab.client.cookies
    tab.open("/-/account")
    assert tab.url.startswith("/-/sign-in?to=")


def test_somebody_disabled_is_out_at_once(house: House) -> None:
    house.person()
    tab = house.signed_in()
    house.door.people.change("ada", Change(disabled=True))
    tab.open("/-/account")
    assert tab.url.startswith("/-/sign-in")


def test_a_session_made_with_a_token_opens_no_account(house: House) -> None:
    ada = house.person()
    token = house.door.tokens.create(ada.id, "script", Caveats()).token
    signed = house.door.sessions.start(ada.id, "localhost", ["token"], token=token.id)
    tab = house.tab()
    tab.client.cookies["appliance-session"] = signed.secret
    tab.open("/-/account")
    assert tab.url.startswith("/-/sign-in")


def test_on_an_apps_host_one_is_sent_to_the_sign_in_host(house: House) -> None:
    house.yaml(**PUBLIC)
    tab = house.tab("https://hello.d.example.org")
    tab.open("/-/sign-in?to=/x")
    assert tab.url == "https://d.example.org/-/sign-in?to=/x"


@pytest.mark.parametrize("origin", ["http://evil.example", "http://192.0.2.7:8080"])
def test_a_foreign_name_finds_no_sign_in(house: House, origin: str) -> None:
    assert house.tab(origin).open("/-/sign-in").status_code == 404


def test_without_auth_in_the_yaml_there_is_no_sign_in(house: House) -> None:
    house.config = house.config.model_copy(update={"auth": None})
    assert house.tab().open("/-/sign-in").status_code == 404


@pytest.mark.parametrize("dest", ["iframe", "empty", "script"])
def test_frames_and_scripts_of_apps_on_the_host_get_no_account(house: House, dest: str) -> None:
    house.person()
    tab = house.signed_in()
    page = tab.open("/-/account", **{"Sec-Fetch-Dest": dest})
    assert page.status_code == 403
    assert not tab.says("form-token")


@pytest.mark.parametrize("path", ["/-/sign-in", "/-/signed-out", "/-/link/nothing"])
def test_every_page_is_strict_with_the_browser(house: House, path: str) -> None:
    page = house.tab().open(path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r" style=| on\w+=|<style|<script(?! src=\"/-/static/)", page.text)


def test_a_page_and_all_it_needs_are_small(house: House) -> None:
    house.person()
    page = len(house.signed_in().page.content)
    assert page + sum(file.stat().st_size for file in STATIC.iterdir()) < 100_000


def test_signing_in_is_handed_over_to_an_apps_own_host(house: House) -> None:
    house.yaml(**PUBLIC)
    house.person()
    secret = "of the browser on the app's host"
    app = quote("https://hello.d.example.org/x?y=z", safe="")
    tab = house.tab("https://d.example.org")
    tab.open(f"/-/hand-over?to={app}&browser={digest(secret).hex()}")
    tab.submit("/-/sign-in", name="ada", password=PASSWORD)
    onward = re.search(r'content="0;url=([^"]+)"', tab.page.text)
    assert onward
    tab.open(unescape(onward.group(1)))
    assert tab.url.startswith("https://hello.d.example.org/-/enter?code=")
    there = house.tab("https://hello.d.example.org")
    there.client.cookies["__Host-appliance-browser"] = secret
    there.page = there.client.get(tab.url)
    assert there.page.headers["location"] == "https://hello.d.example.org/x?y=z"
    session = "__Host-appliance-session"
    assert there.client.cookies[session] != tab.client.cookies[session]
