"""Programs without a client: curl as Gradio documents it, and clients of a protocol long gone."""

import json
import subprocess
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from appliance.config.schema import Config
from tests.integration.auth.conftest import APPS, PASSWORD, Front, running
from tests.running import http
from tests.running.servers import Server


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "60", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_curl_shows_a_token(door: Front, url: str) -> None:
    bearer = ("--header", f"Authorization: Bearer {door.token()}")
    body = ("--header", "Content-Type: application/json", "--data", '{"data": ["Hello"]}')
    event = json.loads(curl(*bearer, *body, f"{url}gradio_api/call/who"))["event_id"]
    assert 'data: ["Hello ada"]' in curl(*bearer, f"{url}gradio_api/call/who/{event}")
    assert "Not authenticated" in curl(*body, f"{url}gradio_api/call/who")


def test_curl_names_parameters_in_the_newer_style(door: Front, url: str) -> None:
    bearer = ("--header", f"Authorization: Bearer {door.token()}")
    body = ("--header", "Content-Type: application/json", "--data", '{"greeting": "Hello"}')
    call = f"{url}gradio_api/call/v2/who"
    event = json.loads(curl(*bearer, *body, call))["event_id"]
    assert 'data: ["Hello ada"]' in curl(*bearer, f"{call}/{event}")
    assert "Not authenticated" in curl(*body, call)
    assert "Not authenticated" in curl(f"{call}/{event}")


def test_curl_uploads_and_downloads(door: Front, url: str, tmp_path: Path) -> None:
    bearer = ("--header", f"Authorization: Bearer {door.token()}")
    upload = ("--form", f"files=@{__file__}", f"{url}gradio_api/upload")
    [path] = json.loads(curl(*bearer, *upload))
    assert "Not authenticated" in curl(*upload)
    curl(*bearer, "--output", str(tmp_path / "copy"), f"{url}gradio_api/file={path}")
    assert (tmp_path / "copy").read_bytes() == Path(__file__).read_bytes()
    assert "Not authenticated" in curl(f"{url}gradio_api/file={path}")


def test_curl_keeps_the_cookie_of_a_login(door: Front, url: str, tmp_path: Path) -> None:
    jar = str(tmp_path / "jar")
    form = ("--data", "username=ada", "--data-urlencode", f"password={PASSWORD}")
    assert json.loads(curl("--cookie-jar", jar, *form, f"{url}login")) == {"success": True}
    assert json.loads(curl("--cookie", jar, f"{url}config"))["username"] == "ada"


def test_curl_is_told_when_to_call_again(limited: Front) -> None:
    call = f"http://{limited.local_host}/who/gradio_api/call/who"
    bearer = ("--header", f"Authorization: Bearer {limited.token()}")
    body = ("--header", "Content-Type: application/json", "--data", '{"data": ["Hello"]}')
    assert "event_id" in curl(*bearer, *body, call)
    told = curl("--include", *bearer, *body, call).lower()
    assert told.startswith("http/1.1 429")
    assert "\nretry-after: 36" in told


def test_curl_knows_how_long_it_would_have_to_wait(limited: Front) -> None:
    command = ["curl", "--retry", "1", "--retry-max-time", "5", "--data", "{}", "--include"]
    bearer = ("--header", f"Authorization: Bearer {limited.token()}")
    call = f"http://{limited.local_host}/who/gradio_api/call/who"
    done = [
        subprocess.run([*command, *bearer, call], capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert [told.stdout.split()[1] for told in done] == ["422", "429"]
    assert "Retry-After" in done[1].stderr


def test_a_client_of_gradios_websockets_is_refused_and_does_not_wait(door: Front, url: str) -> None:
    """Gradio 3 and its clients; there is no such route any more, for whoever may see the app."""
    address = url.replace("http://", "ws://") + "queue/join"
    refused = []
    for headers in ({}, {"Authorization": f"Bearer {door.token()}"}):
        with pytest.raises(InvalidStatus) as caught:
            connect(address, additional_headers=headers, proxy=None)
        refused.append(caught.value.response)
    assert [answer.status_code for answer in refused] == [401, 403]
    assert b"Not authenticated" in refused[0].body


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
