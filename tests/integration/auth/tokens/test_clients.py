"""Every stock client, unmodified, gets through the door as the person it belongs to."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AuthenticationError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from appliance.config.schema import Config
from tests.integration.auth.conftest import APPS, PASSWORD, Front, running
from tests.integration.server.conftest import Server
from tests.running import http

NODE = Path(__file__).parents[3] / "clients/node"
WHO = {"source": "who", "access": {"users": ["ada"]}}


@pytest.fixture
def door(front: Front, gradio_app: Server) -> Front:
    document = {"auth": {}, "apps": {**APPS, "who": WHO}}
    front.serve(Config.model_validate(document), running(("who", gradio_app.origin)))
    return front


@pytest.fixture
def url(door: Front) -> str:
    return f"http://{door.local_host}/who/"


def call(client: Client, *data: object, api_name: str) -> Any:
    """As `predict`, which would wait for ever."""
    return client.submit(*data, api_name=api_name).result(timeout=120)


def asked(client: Client) -> str:
    return call(client, "Hello", api_name="/who")


def test_python_signs_in_with_a_password(door: Front, url: str) -> None:
    client = Client(url, auth=("ada", PASSWORD), verbose=False)
    assert asked(client) == "Hello ada"
    assert call(client, handle_file(__file__), api_name="/size") == Path(__file__).stat().st_size


def test_python_signs_in_with_a_token_as_password(door: Front, url: str) -> None:
    assert asked(Client(url, auth=("ada", door.token()), verbose=False)) == "Hello ada"


def test_python_shows_a_token(door: Front, url: str) -> None:
    assert asked(Client(url, token=door.token(), verbose=False)) == "Hello ada"
    bearer = {"Authorization": f"Bearer {door.token()}"}
    assert asked(Client(url, headers=bearer, verbose=False)) == "Hello ada"


def test_a_script_finds_in_headers_what_was_proved(door: Front, url: str) -> None:
    claims = {"Remote-User": "root", "Remote_Groups": "admins"}
    client = Client(url, token=door.token(), headers=claims, verbose=False)
    assert call(client, api_name="/told") == {
        "remote-user": "ada",
        "remote-name": "Ada L.",
        "remote-email": "ada@example.org",
        "remote-groups": "lab",
        "authorization": None,
    }


def test_python_is_told_that_it_must_sign_in(door: Front, url: str) -> None:
    with pytest.raises(AuthenticationError):
        Client(url, verbose=False)
    with pytest.raises(AuthenticationError):
        Client(url, auth=("ada", "wrong password"), verbose=False)


def javascript(url: str, options: dict[str, Any]) -> Any:
    calls = [{"endpoint": "/who", "data": ["Hello"]}]
    done = subprocess.run(
        ["node", NODE / "calls.mjs"],
        input=json.dumps({"url": url, "options": options, "calls": calls}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return json.loads(done.stdout)["answers"][0][-1] if done.returncode == 0 else done.stderr


@pytest.fixture(scope="session", autouse=True)
def _javascript_client() -> None:
    if not (NODE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)


def test_javascript_signs_in_with_a_password(door: Front, url: str) -> None:
    assert javascript(url, {"auth": ["ada", PASSWORD]}) == ["Hello ada"]


def test_javascript_shows_a_token(door: Front, url: str) -> None:
    assert javascript(url, {"token": door.token()}) == ["Hello ada"]


def test_javascript_is_told_that_it_must_sign_in(door: Front, url: str) -> None:
    assert "Login credentials are required" in javascript(url, {})
    assert "Invalid credentials" in javascript(url, {"auth": ["ada", "wrong password"]})


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "60", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_curl_shows_a_token(door: Front, url: str) -> None:
    bearer = ("--header", f"Authorization: Bearer {door.token()}")
    body = ("--header", "Content-Type: application/json", "--data", '{"data": ["Hello"]}')
    event = json.loads(curl(*bearer, *body, f"{url}gradio_api/call/who"))["event_id"]
    assert 'data: ["Hello ada"]' in curl(*bearer, f"{url}gradio_api/call/who/{event}")
    assert "Not authenticated" in curl(*body, f"{url}gradio_api/call/who")


def test_curl_keeps_the_cookie_of_a_login(door: Front, url: str, tmp_path: Path) -> None:
    jar = str(tmp_path / "jar")
    form = ("--data", "username=ada", "--data-urlencode", f"password={PASSWORD}")
    assert json.loads(curl("--cookie-jar", jar, *form, f"{url}login")) == {"success": True}
    assert json.loads(curl("--cookie", jar, f"{url}config"))["username"] == "ada"


async def test_an_mcp_client_shows_a_token(door: Front, url: str) -> None:
    bearer = {"Authorization": f"Bearer {door.token()}"}
    async with (
        asyncio.timeout(120),
        httpx.AsyncClient(headers=bearer, timeout=60, follow_redirects=True) as connection,
        streamable_http_client(f"{url}gradio_api/mcp/", http_client=connection) as (
            read,
            write,
            *_,
        ),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        assert "who" in names
        [answer] = (await session.call_tool("who", {"greeting": "Hello"})).content
    assert answer.text == "Hello ada"


def test_mcp_is_closed_to_strangers(door: Front, url: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    path = url.removeprefix(f"http://{door.local_host}") + "gradio_api/mcp/"
    assert door.ask(path, "POST", json=body).status_code == 401
    assert door.ask(path + "schema").status_code == 401


def test_the_page_of_the_app_is_ours_to_guard(door: Front) -> None:
    """The script's own form would be shown to whoever got past ours."""
    page = door.ask("/who/", headers={**door.session(), "Accept": "text/html"})
    assert page.status_code == 200
    assert '"username":"ada"' in page.text.replace(" ", "")
    assert "auth_required" not in page.text
    assert door.ask("/who/", headers=door.session("bob")).status_code == 403


def test_the_app_server_refuses_who_comes_past_the_proxy(gradio_app: Server) -> None:
    assert http.get(f"{gradio_app.url}config").status_code == 401
    assert http.get(f"{gradio_app.url}config", headers={"Remote-User": "ada"}).status_code == 401


@pytest.fixture
def limited(front: Front, gradio_app: Server) -> Front:
    who = {**WHO, "rate_limit": {"per_token": "1/h", "per_address": "1/h"}}
    document = {"auth": {}, "apps": {**APPS, "who": who}}
    front.serve(Config.model_validate(document), running(("who", gradio_app.origin)))
    return front


def test_python_is_told_when_it_calls_too_often(limited: Front) -> None:
    client = Client(f"http://{limited.local_host}/who/", token=limited.token(), verbose=False)
    assert asked(client) == "Hello ada"
    with pytest.raises(httpx.HTTPStatusError, match="429 Too Many Requests"):
        asked(client)


def test_javascript_is_told_when_it_calls_too_often(limited: Front) -> None:
    shown = {"token": limited.token()}
    url = f"http://{limited.local_host}/who/"
    assert javascript(url, shown) == ["Hello ada"]
    assert "Too many calls: the next one may be made in" in javascript(url, shown)


def test_curl_is_told_when_to_call_again(limited: Front) -> None:
    call = f"http://{limited.local_host}/who/gradio_api/call/who"
    bearer = ("--header", f"Authorization: Bearer {limited.token()}")
    body = ("--header", "Content-Type: application/json", "--data", '{"data": ["Hello"]}')
    assert "event_id" in curl(*bearer, *body, call)
    told = curl("--include", *bearer, *body, call).lower()
    assert told.startswith("http/1.1 429")
    assert "\nretry-after: 36" in told


def test_a_scripts_own_login_stands_behind_ours(front: Front, own_app: Server) -> None:
    """Ours first, then the script's own form, whose user the script then sees."""
    live = running(("own", own_app.origin))
    front.serve(Config.model_validate({"auth": {}, "apps": APPS}), live)
    own = {"username": "script", "password": "secret"}
    assert front.ask("/own/login", "POST", data=own).status_code == 401
    ours = front.session()
    assert front.ask("/own/config", headers=ours).status_code == 401
    wrong = {**own, "password": "wrong"}
    assert front.ask("/own/login", "POST", data=wrong, headers=ours).status_code == 400
    answer = front.ask("/own/login", "POST", data=own, headers=ours)
    assert answer.json() == {"success": True}
    theirs = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    both = {"Cookie": f"{ours['Cookie']}; {theirs}"}
    assert front.ask("/own/config", headers=both).json()["username"] == "script"
    # The script's cookie alone is not enough.
    assert front.ask("/own/config", headers={"Cookie": theirs}).status_code == 401
