"""A link with a password for those who have signed in: both are asked for, one after the other."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from appliance.proxy.routes import routes
from appliance.relay.lock import locked
from tests.integration.auth.conftest import SHARED, Front, echoed
from tests.running.gateway import sharing

LINK, DOMAIN, PASSWORD = "abc123.share.demos.example.org", "demos.example.org", "open sesame"
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def guarded(public: Front) -> Iterator[Front]:
    """Links lead to the relay's own gateway, and so to the app that is shared."""
    with sharing(urlsplit(SHARED.url).port or 0) as shared:
        shared.share.lock = locked(b"of the relay", shared.share.name, PASSWORD)
        lead_to(public, shared.url)
        yield public
        lead_to(public, SHARED.url)


def lead_to(front: Front, where: str) -> None:
    urls = (front.pages_url, front.forward_url, where)
    front.proxy.apply(routes(front.config, front.host, *urls))


def bearer(front: Front, **more: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {front.token()}", **more}
    return front.ask_host(LINK, "/page", headers=headers)


def test_a_program_shows_both_at_once(guarded: Front) -> None:
    seen = echoed(bearer(guarded, **{"X-Link-Password": PASSWORD}))
    # Neither secret is for the app.
    assert not {"authorization", "x-link-password"} & set(seen)


@pytest.mark.parametrize("name", ["X-Link-Password", "X-Hf-Authorization"])
def test_a_password_alone_opens_nothing(guarded: Front, name: str) -> None:
    value = PASSWORD if name == "X-Link-Password" else f"Bearer {PASSWORD}"
    assert guarded.ask_host(LINK, "/page", headers={name: value}).status_code == 401


def test_a_token_alone_is_asked_for_the_password_and_is_no_guess(guarded: Front) -> None:
    for _ in range(7):
        answer = bearer(guarded)
        assert answer.status_code == 401
        assert answer.json()["detail"]["error"] == "Not authenticated"
    assert echoed(bearer(guarded, **{"X-Link-Password": PASSWORD}))


def test_wrong_ones_are_held_up_and_then_the_right_one_too(guarded: Front) -> None:
    for _ in range(5):
        assert bearer(guarded, **{"X-Link-Password": "guessed"}).status_code == 401
    assert bearer(guarded, **{"X-Link-Password": PASSWORD}).status_code == 429


def test_a_browser_that_has_signed_in_types_the_password_once(guarded: Front) -> None:
    session = guarded.session("ada", LINK)
    asked = guarded.ask_host(LINK, "/page?x=1", headers={**NAVIGATION, **session})
    assert asked.status_code == 401
    assert 'name="password"' in asked.text
    typed = guarded.ask_host(
        LINK, "/~password?to=%2Fpage%3Fx%3D1", "POST", data={"password": PASSWORD}, headers=session
    )
    assert (typed.status_code, typed.headers["location"]) == (303, "/page?x=1")
    cookies = f"{session['Cookie']}; {typed.headers['set-cookie'].split(';')[0]}"
    seen = guarded.ask_host(LINK, "/page?x=1", headers={"Cookie": cookies})
    assert "cookie" not in echoed(seen)
    # The pass does not stand for the sign-in.
    only = {"Cookie": typed.headers["set-cookie"].split(";")[0]}
    assert guarded.ask_host(LINK, "/page?x=1", headers=only).status_code == 401
