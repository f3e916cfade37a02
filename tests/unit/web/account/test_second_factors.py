"""The second step, setting factors up, and what a required one means."""

import re

import pyotp
import pytest

from appliance.auth.administering.administration import Administration
from tests.running.clock import Hands
from tests.running.house import PASSWORD, House
from tests.running.tab import Tab
from tests.unit.web.account.conftest import Authenticator


def begin(house: House, name: str = "ada") -> Tab:
    tab = house.tab()
    tab.open("/-/sign-in?to=/hello")
    tab.submit("/-/sign-in", name=name, password=PASSWORD)
    return tab


def test_a_password_alone_opens_nothing_with_an_authenticator_app(
    house: House, authenticator: Authenticator
) -> None:
    code = authenticator(house.person())
    tab = begin(house)
    assert tab.url == "/-/sign-in/second-step"
    assert "appliance-session" not in tab.client.cookies
    tab.submit(code=code())
    assert tab.url == "/hello"
    assert house.door.sessions.of(house.door.people.named("ada").id)[0].methods == (
        "password",
        "totp",
    )


def test_a_used_code_and_a_wrong_one_are_refused_and_count(
    house: House, authenticator: Authenticator
) -> None:
    code = authenticator(house.person())
    used = code()
    tab = begin(house)
    tab.submit(code=used)
    tab = begin(house)
    assert tab.submit(code=used).status_code == 422
    assert tab.says("was used already")
    for _ in range(5):
        tab.submit(code="000000")
    assert tab.page.status_code == 429
    assert tab.submit(code=code()).status_code == 429


def test_who_was_half_signed_in_with_a_former_password_gets_no_further(
    house: House, authenticator: Authenticator
) -> None:
    ada = house.person()
    code = authenticator(ada)
    tab = begin(house)
    house.door.people.set_password("ada", "a new and long password")
    house.door.sessions.end_all(ada.id)
    assert tab.submit(code=code()).status_code == 403


def test_who_was_half_signed_in_and_is_removed_becomes_nobody_else(
    house: House, hands: Hands
) -> None:
    house.yaml(auth={"second_factor": "required"})
    ada = house.person()
    tab = begin(house)
    app = secret_of(tab)
    Administration(house.door, "cli").remove("ada")
    assert house.person("bob").id == ada.id, "or this proves nothing"
    assert tab.submit(code=app.at(int(hands()))).status_code == 403
    assert house.door.sessions.of(ada.id) == []


def test_a_recovery_code_stands_in_once(house: House, authenticator: Authenticator) -> None:
    ada = house.person()
    authenticator(ada)
    kept = house.factors.recovery.make(ada.id)[0]
    tab = begin(house)
    tab.open("/-/sign-in/second-step?with=recovery-code")
    tab.submit(recovery=kept)
    assert tab.url == "/hello"
    tab = begin(house)
    tab.open("/-/sign-in/second-step?with=recovery-code")
    tab.submit(recovery=kept)
    assert tab.says("it was used already")
    assert "recovery-code.used" in house.events()


def test_a_half_done_signing_in_does_not_move_to_another_browser(
    house: House, authenticator: Authenticator
) -> None:
    code = authenticator(house.person())
    tab, thief = begin(house), house.tab()
    thief.open("/-/sign-in")
    thief.client.cookies["appliance-step"] = tab.client.cookies["appliance-step"]
    assert thief.open("/-/sign-in/second-step").status_code == 403
    tab.submit(code=code())
    assert tab.open("/-/sign-in/second-step").status_code == 403


def test_the_second_step_runs_out(house: House, hands: Hands, authenticator: Authenticator) -> None:
    code = authenticator(house.person())
    tab = begin(house)
    hands.now += 601
    assert tab.submit(code=code()).status_code == 403


def secret_of(tab: Tab) -> pyotp.TOTP:
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', tab.page.text)
    assert found
    return pyotp.TOTP(found.group(1).replace(" ", ""))


def test_whoever_needs_a_second_factor_sets_one_up_before_anything_else(
    house: House, hands: Hands
) -> None:
    house.yaml(auth={"second_factor": {"groups": {"lab": "required"}}})
    house.person(groups=["lab"])
    tab = begin(house)
    assert tab.url == "/-/sign-in/second-factor"
    assert tab.open("/-/account").status_code == 200
    assert tab.url.startswith("/-/sign-in?")
    tab.open("/-/sign-in/second-factor")
    app = secret_of(tab)
    tab.submit(code="000000")
    assert secret_of(tab).secret == app.secret, "a wrong code must not change the picture"
    tab.submit(code=app.at(int(hands())))
    assert tab.says("Your recovery codes")
    assert len(re.findall(r"<li><code>", tab.page.text)) == 10
    assert 'href="/hello"' in tab.page.text
    assert begin(house).url == "/-/sign-in/second-step"


def test_who_has_a_factor_cannot_replace_it_with_a_password_alone(
    house: House, authenticator: Authenticator
) -> None:
    house.yaml(auth={"second_factor": "required"})
    authenticator(house.person())
    assert begin(house).open("/-/sign-in/second-factor").status_code == 403


def test_a_secret_of_somebody_else_sets_nothing_up(house: House, hands: Hands) -> None:
    house.person()
    house.person("bob")
    ada, bob = house.signed_in(), house.signed_in("bob")
    ada.open("/-/account/authenticator")
    bob.open("/-/account/authenticator")
    app, sealed = secret_of(ada), ada.form()["fields"]["secret"]
    bob.submit(secret=sealed, code=app.at(int(hands())))
    assert bob.page.status_code == 422
    assert not house.factors.totp.enrolled(house.door.people.named("bob").id)


def test_setting_up_an_authenticator_ends_other_sessions(house: House, hands: Hands) -> None:
    house.person()
    other, tab = house.signed_in(), house.signed_in()
    tab.open("/-/account/authenticator")
    tab.submit(code=secret_of(tab).at(int(hands())))
    assert tab.says("Your recovery codes")
    assert tab.open("/-/account").status_code == 200
    assert tab.says("10 left")
    other.open("/-/account")
    assert other.url.startswith("/-/sign-in")


def test_recovery_codes_are_shown_to_their_owner_for_a_while(
    house: House, hands: Hands, authenticator: Authenticator
) -> None:
    authenticator(house.person())
    house.person("bob")
    code = authenticator(house.person("eve"))
    tab = begin(house, "eve")
    tab.submit(code=code())
    tab.open("/-/account")
    tab.submit("/-/account/recovery-codes")
    assert tab.says("Your recovery codes")
    shown = tab.url
    assert house.signed_in("bob").open(shown).status_code == 410
    hands.now += 601
    assert tab.open(shown).status_code == 410


def test_the_last_factor_stays_where_one_is_required(
    house: House, authenticator: Authenticator
) -> None:
    code = authenticator(house.person())
    house.yaml(auth={"second_factor": "required"})
    tab = begin(house)
    tab.submit(code=code())
    tab.open("/-/account")
    assert tab.submit("/-/account/authenticator/remove").status_code == 422
    assert tab.says("this is your last one")
    house.yaml(auth={"second_factor": "optional"})
    tab.open("/-/account")
    tab.submit("/-/account/authenticator/remove")
    assert tab.says("is not asked for any more")
    assert begin(house).url == "/hello"


@pytest.mark.parametrize(
    ("rule", "has_one", "status"),
    [
        ("optional", False, 200),
        ("optional", True, 401),
        ("required", False, 401),
        ("required", True, 401),
        ("off", True, 200),
    ],
)
def test_a_program_with_a_password_does_not_get_around_it(
    house: House, authenticator: Authenticator, rule: str, status: int, *, has_one: bool
) -> None:
    house.yaml(auth={"second_factor": rule}, apps={"hello": {"source": "hello"}})
    ada = house.person()
    if has_one:
        authenticator(ada)
    sent = house.tab().client.post("/hello/login", data={"username": "ada", "password": PASSWORD})
    assert sent.status_code == status
    assert bool(house.door.sessions.of(ada.id)) is (status == 200)


def test_off_means_nobody_is_asked(house: House, authenticator: Authenticator) -> None:
    authenticator(house.person())
    house.yaml(auth={"second_factor": "off"})
    assert begin(house).url == "/hello"
    assert "Authenticator app" not in house.signed_in().page.text


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/-/account/authenticator", None),
        ("/-/account/passkeys/new", None),
        ("/-/account/tokens/new", None),
        ("/-/account/password", None),
    ],
)
def test_what_opens_the_account_takes_a_fresh_proof(
    house: House, hands: Hands, path: str, action: str | None
) -> None:
    house.person()
    tab = house.signed_in()
    assert tab.open(path).status_code == 200
    hands.now += 601
    tab.open(path)
    assert tab.url.startswith("/-/confirm?to=")
    assert tab.submit(action, password="not the password").status_code == 422
    before = tab.client.cookies["appliance-session"]
    tab.submit(action, password=PASSWORD)
    assert tab.url == path
    assert tab.client.cookies["appliance-session"] != before


def test_a_proof_from_when_the_clock_was_ahead_is_not_fresh(house: House, hands: Hands) -> None:
    house.person()
    tab = house.signed_in()
    hands.now += 86_400
    tab.open("/-/account/password")
    tab.submit(None, password=PASSWORD)
    assert tab.url == "/-/account/password"
    hands.now -= 86_400
    tab.open("/-/account/password")
    assert tab.url.startswith("/-/confirm?to=")
    # Who has signed in then does so again.
    hands.now += 86_400
    other = house.signed_in()
    hands.now -= 86_400
    other.open("/-/account/password")
    assert other.url.startswith("/-/sign-in?to=")


def test_a_fresh_proof_takes_the_code_as_well(
    house: House, hands: Hands, authenticator: Authenticator
) -> None:
    code = authenticator(house.person())
    tab = begin(house)
    tab.submit(code=code())
    hands.now += 601
    tab.open("/-/account/password")
    assert tab.submit(password=PASSWORD, code="").status_code == 422
    tab.submit(password=PASSWORD, code=code())
    assert tab.url == "/-/account/password"
