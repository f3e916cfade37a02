"""What is good once, or in one place, shown again or somewhere else, through a real Traefik."""

from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from appliance.auth.secrets import digest
from appliance.config.schema import Config
from tests.integration.auth.conftest import APPS, Front, echoed, running
from tests.running import http
from tests.running.servers import Server

DOMAIN = "demos.example.org"
TEAM, ANYONE = f"team.{DOMAIN}", f"anyone.{DOMAIN}"
BLOG, SHOP = "https://blog.example.net", "https://shop.example.net"
BROWSER = {"Cookie": "appliance-browser=b"}


def code(front: Front) -> str:
    """The address on the app's host that signs its visitor in there."""
    to = quote(f"http://{TEAM}/page", safe="")
    path = f"/-/hand-over?to={to}&browser={digest('b').hex()}"
    answer = front.ask_host(DOMAIN, path, headers=front.session(host=DOMAIN))
    where = urlsplit(answer.headers["location"])
    assert (where.netloc, where.path) == (TEAM, "/-/enter")
    return f"{where.path}?{where.query}"


def entered(front: Front, host: str, path: str, **headers: str) -> httpx.Response:
    return front.ask_host(host, path, headers={**BROWSER, **headers})


def test_a_code_signs_in_once(public: Front) -> None:
    path = code(public)
    first = entered(public, TEAM, path)
    assert (first.status_code, first.headers["location"]) == (303, f"http://{TEAM}/page")
    session = {"Cookie": first.headers["set-cookie"].split(";")[0]}
    assert public.ask_host(TEAM, "/page", headers=session).status_code == 200
    assert public.ask_host(ANYONE, "/page", headers=session).status_code == 401
    again = entered(public, TEAM, path)
    assert again.status_code == 400
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        (ANYONE, {}),
        (DOMAIN, {}),
        (TEAM, {"Cookie": "appliance-browser=c"}),
        (TEAM, {"Cookie": ""}),
        (ANYONE, {"X-Forwarded-Host": TEAM}),
    ],
)
def test_a_code_that_was_tried_elsewhere_is_burned(
    public: Front, host: str, headers: dict[str, str]
) -> None:
    path = code(public)
    for answer in (entered(public, host, path, **headers), entered(public, TEAM, path)):
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers


@pytest.fixture
def embedding(front: Front) -> Front:
    """Two apps that the same two sites may show."""
    embed = {"embed": {"origins": [BLOG, SHOP]}}
    apps: dict[str, dict[str, Any]] = {
        **APPS,
        "team": {**APPS["team"], **embed},
        "anyone": {**APPS["anyone"], **embed},
    }
    head = {"domain": DOMAIN, "tls": {"mode": "off"}, "auth": {}}
    front.serve(Config.model_validate({**head, "apps": apps}), running())
    return front


def test_a_token_of_one_site_and_app_is_none_elsewhere(embedding: Front) -> None:
    token = embedding.token(apps=("team",), origin=BLOG)
    shown = {"Cookie": f"appliance-embedded={token}", "Sec-Fetch-Site": "cross-site"}

    def status(host: str, **headers: str) -> int:
        return embedding.ask_host(host, "/page", headers=headers).status_code

    assert status(TEAM, **shown, Origin=BLOG) == 200
    assert status(TEAM, **shown, Origin=SHOP) == 401
    assert status(ANYONE, **shown, Origin=BLOG) == 401
    assert status(TEAM, **shown, Origin=f"http://{ANYONE}") == 401
    assert status(TEAM, **shown, Referer=f"{SHOP}/page") == 401
    assert status(TEAM, **shown) == 401
    assert status(TEAM, Cookie=f"appliance-session={token}", Origin=BLOG) == 401
    assert status(TEAM, Authorization=f"Bearer {token}", Origin=BLOG) == 401
    form = {"username": "ada", "password": token}
    assert embedding.ask_host(TEAM, "/login", "POST", data=form).status_code == 401
    api = embedding.ask_host(DOMAIN, "/-/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert api.status_code == 401
    embedding.door.throttle.forgive("ada")


def test_a_proof_for_one_app_is_none_for_another(front: Front, gradio_app: Server) -> None:
    """An app has its visitors' assertions, and may reach the server of another one."""
    apps = {**APPS, "who": {"source": "who", "access": "signed-in"}}
    head = {"auth": {}, "apps": apps}
    front.serve(Config.model_validate(head), running(("who", gradio_app.origin)))
    name = "x-appliance-identity"
    theirs = echoed(front.ask("/team/", headers=front.session()))[name]
    assert front.claims(theirs, "team")["sub"] == "ada"
    own = front.forward.answer("/app/who", _told(front))[1][1]
    good = next(value.decode() for header, value in own if header == name.encode())
    url = gradio_app.url + "config"
    assert http.get(url, headers={name: good}).status_code == 200
    assert http.get(url, headers={name: theirs}).status_code == 401
    # Nor does the right one pass for the visitor who has it: the proxy alone says who he is.
    for shown in (good, theirs):
        assert front.ask("/who/config", headers={name: shown}).status_code == 401


def _told(front: Front) -> list[tuple[bytes, bytes]]:
    """A request of ada's as Traefik tells it."""
    told = {"x-forwarded-method": "GET", "x-forwarded-host": front.local_host}
    return [(n.encode(), v.encode()) for n, v in {**told, **_lower(front.session())}.items()]


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
