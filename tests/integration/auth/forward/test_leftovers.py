"""What is left in browsers and programs when `auth` is taken out of the YAML reaches no app."""

from base64 import b64encode

import pytest

from appliance.config.schema import Config
from tests.integration.auth.conftest import Front, echoed, running

APP = {"source": "open", "path": "/open"}


@pytest.fixture
def unguarded(front: Front) -> Front:
    front.serve(Config.model_validate({"apps": {"open": APP}, "share": {}}), running())
    return front


@pytest.mark.parametrize(
    "cookie",
    [
        "appliance-session=secret",
        "Appliance-Browser=b",
        "__Host-appliance-session=secret",
        "appliance-embedded=secret",
    ],
)
def test_a_cookie_of_ours_stays_at_the_door(unguarded: Front, cookie: str) -> None:
    seen = echoed(unguarded.ask("/open/", headers={"Cookie": f"theme=dark; {cookie}; a=1"}))
    assert seen["cookie"] == "theme=dark; a=1"
    assert "cookie" not in echoed(unguarded.ask("/open/page", headers={"Cookie": cookie}))


def test_a_session_that_was_open_makes_nobody_known(unguarded: Front) -> None:
    seen = echoed(unguarded.ask("/open/", headers=unguarded.session()))
    assert not {"cookie", "remote-user", "x-appliance-identity"} & seen.keys()


def test_a_token_stays_there_too(unguarded: Front) -> None:
    token = unguarded.token()
    for shown in (f"Bearer {token}", "Basic " + b64encode(f"ada:{token}".encode()).decode()):
        seen = echoed(unguarded.ask("/open/", headers={"Authorization": shown}))
        assert "authorization" not in seen
    basic = {"Authorization": "Basic " + b64encode(b"the:app's own").decode()}
    assert echoed(unguarded.ask("/open/", headers=basic))["authorization"] == basic["Authorization"]


def test_what_is_the_apps_own_reaches_it(unguarded: Front) -> None:
    sent = {"Cookie": "theme=dark; appliance_open=replica", "Authorization": "Bearer abc"}
    seen = echoed(unguarded.ask("/open/", "POST", headers=sent))
    assert (seen["cookie"], seen["authorization"]) == (sent["Cookie"], sent["Authorization"])


def test_links_to_shares_get_none_either(unguarded: Front) -> None:
    port = unguarded.local_host.rsplit(":", 1)[1]
    sent = {"Host": f"chat.share.localhost:{port}", "Cookie": "appliance-session=secret; a=1"}
    seen = unguarded.ask("/", headers=sent)
    assert (seen.json()["name"], echoed(seen)["cookie"]) == ("shared", "a=1")
