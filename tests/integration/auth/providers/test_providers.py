"""Signing in with an account elsewhere: a real OpenID provider, and a stand-in for GitHub."""

import hashlib
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from appliance.auth.browsers.forms import FIELD
from appliance.auth.people.person import Change, Declared
from tests.running.house import House
from tests.running.openid import SECRET, Key, new_key, provider, visit
from tests.running.process import free_port
from tests.running.tab import Tab
from tests.running.upstream import serving

ORIGIN = "http://localhost:8080"
ALLOW = {"domains": ["example.org"]}


class Shifted:
    """The time, or another one."""

    by = 0.0

    def __call__(self) -> float:
        return time.time() + self.by


@pytest.fixture(scope="module")
def keys() -> tuple[Key, Key]:
    return new_key("first"), new_key("second")


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Key, Key]) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("provider")
    with provider(folder, free_port(), keys[0], f"{ORIGIN}/-/sign-in/from/sso") as issuer:
        yield issuer


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def house(tmp_path: Path, clock: Shifted) -> Iterator[House]:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    house = House(tmp_path, clock)
    yield house
    house.door.engine.dispose()


def configured(house: House, issuer: str, **more: Any) -> None:
    sso = {
        "type": "oidc",
        "issuer": issuer,
        "title": "Lab SSO",
        "client_id": "appliance",
        "client_secret": {"file": "secret"},
        **more,
    }
    house.yaml(auth={"providers": {"sso": sso}})


def left(house: House, to: str = "/hello") -> tuple[Tab, str]:
    """A tab, and where the sign-in page's button has led it."""
    tab = house.tab(ORIGIN)
    tab.open(f"/-/sign-in?to={to}")
    assert tab.says("Continue with Lab SSO")
    tab.open(f"/-/sign-in/with/sso?to={to}")
    return tab, tab.url


def onward(tab: Tab) -> str:
    """Where a page leads by itself."""
    found = re.search(r'content="0;url=([^"]+)"', tab.page.text)
    assert found
    return unescape(found.group(1))


def signed_in(house: House, login: str, to: str = "/hello") -> Tab:
    tab, url = left(house, to)
    tab.open(visit(url, login).removeprefix(ORIGIN))
    return tab


def test_a_verified_address_of_the_domain_comes_in(house: House, issuer: str) -> None:
    configured(house, issuer, allow=ALLOW, groups={"/lab": "lab"})
    tab = signed_in(house, "ada")
    assert tab.url == "/hello"
    ada = house.door.people.named("ada@example.org")
    assert (ada.email, ada.email_verified, ada.full_name) == (ada.name, True, "Ada Lovelace")
    assert (ada.groups, ada.admin) == ({"lab"}, False)
    assert house.door.sessions.of(ada.id)[0].methods == ("provider:sso",)
    assert signed_in(house, "ada").url == "/hello"
    assert len(house.door.people.everybody()) == 1


@pytest.mark.parametrize("login", ["eve", "bob"])
def test_an_unverified_address_and_another_domain_stay_out(
    house: House, issuer: str, login: str
) -> None:
    configured(house, issuer, allow=ALLOW)
    tab = signed_in(house, login)
    assert tab.page.status_code == 422
    assert tab.says("may not sign in here")
    assert house.door.people.everybody() == ()
    assert "appliance-session" not in tab.client.cookies


def test_groups_there_open_and_are_kept_up_to_date(house: House, issuer: str) -> None:
    allow = {"groups": ["/lab", "/staff"]}
    configured(house, issuer, allow=allow, groups={"/lab": "lab", "/staff": "staff"})
    signed_in(house, "bob")
    [bob] = house.door.people.everybody()
    house.door.people.change(bob.name, Change(groups=["lab", "own"]))
    signed_in(house, "bob")
    assert house.door.people.named(bob.name).groups == {"staff", "own"}


def test_without_a_rule_only_connected_accounts_come_in(house: House, issuer: str) -> None:
    configured(house, issuer)
    house.person()
    assert signed_in(house, "ada").says("No account here is connected")
    tab = house.signed_in()
    tab.submit("/-/account/providers/sso/connect")
    assert tab.page.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    tab.open(visit(onward(tab), "bob").removeprefix(ORIGIN))
    assert tab.says("The accounts are connected")
    signed_in(house, "bob")
    assert house.door.sessions.of(house.door.people.named("ada").id)[0].methods == ("provider:sso",)
    tab.open("/-/account")
    tab.submit("/-/account/providers/disconnect")
    assert signed_in(house, "bob").says("No account here is connected")


def test_an_account_there_opens_one_account_here(house: House, issuer: str) -> None:
    configured(house, issuer)
    house.person()
    house.person("bob")
    said = ["The accounts are connected"] * 2 + ["is connected with another account here"]
    for name, words in zip(("ada", "ada", "bob"), said, strict=True):
        tab = house.signed_in(name)
        tab.open("/-/account")
        tab.page = tab.client.post(
            "/-/account/providers/sso/connect", data={FIELD: tab.form()["fields"][FIELD]}
        )
        tab.open(visit(onward(tab), "bob").removeprefix(ORIGIN))
        assert tab.says(words)


@pytest.mark.parametrize("login", ["ada", "eve"])
def test_an_address_connects_only_if_the_yaml_says_so_and_it_is_verified(
    house: House, issuer: str, login: str
) -> None:
    house.person(email="ada@example.org", email_verified=True)
    configured(house, issuer, allow={"everyone": True})
    assert signed_in(house, "ada").says("an account with your e-mail address here already")
    configured(house, issuer, allow={"everyone": True}, connect_by_email=True)
    assert signed_in(house, login).url == "/hello"
    names = {person.name for person in house.door.people.everybody()}
    assert names == ({"ada"} if login == "ada" else {"ada", "eve@sso"})


def test_a_second_factor_here_is_asked_unless_the_provider_is_trusted(
    house: House, issuer: str
) -> None:
    configured(house, issuer, allow=ALLOW)
    signed_in(house, "ada")
    house.authenticator(house.door.people.named("ada@example.org"))
    assert signed_in(house, "ada").url == "/-/sign-in/second-step"
    configured(house, issuer, allow=ALLOW, second_factor="trusted")
    assert signed_in(house, "ada").url == "/hello"


def test_without_a_password_one_proves_there_once_more_who_one_is(
    house: House, issuer: str, clock: Shifted
) -> None:
    configured(house, issuer, allow=ALLOW)
    tab = signed_in(house, "ada")
    clock.by = 700
    tab.open("/-/account/authenticator")
    assert tab.url.startswith("/-/confirm?")
    clock.by = 0
    where = re.search(r'href="(/-/sign-in/with/sso\?[^"]+)"', tab.page.text)
    assert where
    tab.open(unescape(where.group(1)))
    asked = httpx.URL(tab.url).params
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    tab.open(visit(tab.url, "ada").removeprefix(ORIGIN))
    assert tab.url == "/-/account/authenticator"
    assert tab.says("scan this picture")


def test_who_has_no_more_than_the_browser_proves_nothing_by_it(
    house: House, issuer: str, clock: Shifted
) -> None:
    """It is signed in there as well; what the provider is asked goes through its hands."""
    configured(house, issuer, allow=ALLOW)
    there = httpx.Cookies()
    _, url = left(house)
    visit(url, "ada", cookies=there)
    clock.by = 700

    def back(url: str) -> str:
        return visit(url, "", cookies=there).removeprefix(ORIGIN)

    # Signed out here and in again, without a word there.
    for taken_out in ((), ("max_age",)):
        tab, url = left(house)
        params = httpx.URL(url).params
        for name in taken_out:
            params = params.remove(name)
        tab.open(back(str(httpx.URL(url).copy_with(params=params))))
        assert tab.url == "/hello"
        tab.open("/-/account/authenticator")
        assert tab.url.startswith("/-/confirm?")
    # Or by taking out that it is to ask.
    for taken_out in (("prompt", "max_age"), ("prompt",)):
        where = re.search(r'href="(/-/sign-in/with/sso\?[^"]+)"', tab.page.text)
        assert where
        tab.open(unescape(where.group(1)))
        params = httpx.URL(tab.url).params
        for name in taken_out:
            params = params.remove(name)
        if "max_age" not in taken_out:
            params = params.set("max_age", "31536000")
        tab.open(back(str(httpx.URL(tab.url).copy_with(params=params))))
        assert tab.page.status_code == 422
        assert tab.says("did not ask you once more")
        tab.open("/-/account/authenticator")
        assert tab.url.startswith("/-/confirm?")


def test_somebody_disabled_here_stays_out(house: House, issuer: str) -> None:
    configured(house, issuer, allow=ALLOW)
    signed_in(house, "ada")
    house.door.people.change("ada@example.org", Change(disabled=True))
    assert signed_in(house, "ada").page.status_code == 422


def test_who_is_set_aside_stays_out_unless_his_address_is_believed(
    house: House, issuer: str
) -> None:
    """The YAML names somebody as he is called here: it may mean another one."""
    configured(house, issuer, allow=ALLOW)
    signed_in(house, "ada")
    house.door.people.declare({"ada@example.org": Declared(email="ada@example.org")})
    assert signed_in(house, "ada").says("may not sign in here")
    [person] = house.door.people.everybody()
    assert house.door.sessions.of(person.id) == []
    configured(house, issuer, allow=ALLOW, connect_by_email=True)
    assert signed_in(house, "ada").url == "/hello"
    assert len(house.door.sessions.of(person.id)) == 1


def test_who_does_not_allow_it_is_back_and_nothing_happened(house: House, issuer: str) -> None:
    configured(house, issuer, allow=ALLOW)
    tab, url = left(house)
    tab.open(visit(url, "ada", consents=False).removeprefix(ORIGIN))
    assert tab.says("you did not allow it")
    assert tab.says("Other ways to sign in")
    assert house.door.people.everybody() == ()


def test_another_nonce_proves_nothing(house: House, issuer: str) -> None:
    configured(house, issuer, allow=ALLOW)
    tab, url = left(house)
    changed = str(httpx.URL(url).copy_set_param("nonce", "of-another-begin"))
    tab.open(visit(changed, "ada").removeprefix(ORIGIN))
    assert tab.says("could not be checked")
    assert house.door.people.everybody() == ()


def test_a_code_without_its_verifier_is_worth_nothing(house: House, issuer: str) -> None:
    configured(house, issuer, allow=ALLOW)
    tab, url = left(house)
    changed = str(httpx.URL(url).copy_set_param("code_challenge", "x" * 43))
    tab.open(visit(changed, "ada").removeprefix(ORIGIN))
    assert tab.says("could not be checked")


def test_what_comes_back_is_for_the_browser_that_began_and_for_once(
    house: House, issuer: str
) -> None:
    configured(house, issuer, allow=ALLOW)
    tab, url = left(house)
    back = visit(url, "ada").removeprefix(ORIGIN)
    stranger = house.tab(ORIGIN)
    stranger.open("/-/sign-in")
    assert stranger.open(back).status_code == 422
    assert stranger.says("in another browser")
    # The stranger has burned it: an answer is good for one try.
    assert tab.open(back).status_code == 422
    assert signed_in(house, "ada").url == "/hello"


@pytest.mark.parametrize(("by", "good"), [(-45, True), (45, True), (-3600, False), (3600, False)])
def test_clocks_may_differ_by_a_minute(
    house: House, issuer: str, clock: Shifted, by: float, *, good: bool
) -> None:
    clock.by = by
    configured(house, issuer, allow=ALLOW)
    assert (signed_in(house, "ada").url == "/hello") is good


def test_an_issuer_that_calls_itself_otherwise_is_a_mistake_in_the_yaml(
    house: House, issuer: str
) -> None:
    configured(house, issuer.replace("127.0.0.1", "localhost"), allow=ALLOW)
    tab = house.tab(ORIGIN)
    assert tab.open("/-/sign-in/with/sso").status_code == 503
    assert tab.says("not set up rightly here")


def test_a_wrong_secret_is_a_mistake_until_it_is_mended(
    house: House, issuer: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("wrong")
    configured(house, issuer, allow=ALLOW)
    assert signed_in(house, "ada").says("not set up rightly here")
    (tmp_path / "secret").unlink()
    assert house.tab(ORIGIN).open("/-/sign-in/with/sso").status_code == 503
    (tmp_path / "secret").write_text(SECRET)
    assert signed_in(house, "ada").url == "/hello"


def test_new_keys_are_fetched_and_a_provider_that_is_down_takes_nobody_along(
    house: House, clock: Shifted, tmp_path: Path, keys: tuple[Key, Key]
) -> None:
    port, redirect = free_port(), f"{ORIGIN}/-/sign-in/from/sso"
    house.person()
    with provider(tmp_path, port, keys[0], redirect) as issuer:
        configured(house, issuer, allow=ALLOW)
        assert signed_in(house, "ada").url == "/hello"
        tab, url = left(house)
        back = visit(url, "ada")
    tab.open(back.removeprefix(ORIGIN))
    assert tab.page.status_code == 503
    assert tab.says("Lab SSO does not answer right now")
    assert house.signed_in().says("Your account")
    clock.by = 20
    with provider(tmp_path, port, keys[1], redirect):
        assert signed_in(house, "ada").url == "/hello"


class GitHub:
    """The few answers of GitHub's API that are asked for."""

    def __init__(self) -> None:
        self.token: dict[str, list[str]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/login/oauth/access_token":
            self.token = parse_qs((await receive())["body"].decode())
        answers: dict[str, Any] = {
            "/login/oauth/access_token": {"access_token": "t", "token_type": "bearer"},
            "/api/v3/user": {"id": 583231, "login": "Ada", "name": "Ada L."},
            "/api/v3/user/emails": [
                {"email": "old@example.org", "primary": False, "verified": True},
                {"email": "ada@example.org", "primary": True, "verified": False},
            ],
            "/api/v3/user/orgs": [{"login": "the-lab"}],
        }
        body = json.dumps(answers[scope["path"]]).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def test_a_member_of_an_organisation_at_github_comes_in(house: House) -> None:
    home, github = f"http://127.0.0.1:{free_port()}", GitHub()
    allow = {"groups": ["the-lab"], "emails": ["ada@example.org"]}
    configured(house, home, type="github", allow=allow, groups={"the-lab": "lab"})
    with serving(github, home):
        tab, url = left(house)
        asked = httpx.URL(url).params
        assert asked["scope"] == "read:user user:email read:org"
        tab.open(f"/-/sign-in/from/sso?code=c&state={asked['state']}")
    assert tab.url == "/hello"
    assert github.token["redirect_uri"] == [f"{ORIGIN}/-/sign-in/from/sso"]
    digest = hashlib.sha256(github.token["code_verifier"][0].encode()).digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
    # The first address is not verified, so the person is called by his name there.
    person = house.door.people.named("ada@sso")
    assert (person.email, person.groups) == (None, {"lab"})
