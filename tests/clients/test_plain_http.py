"""Plain HTTP, as from curl: what Gradio documents for programs without a client."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.clients.calls import PICTURE
from tests.running.appliance import Appliance


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as client:
        yield client


def completed(http: httpx.Client, url: str, endpoint: str, data: list[object]) -> list[object]:
    """Answer of `POST gradio_api/call/<endpoint>`, read from its event stream."""
    asked = http.post(f"{url}gradio_api/call/{endpoint}", json={"data": data})
    asked.raise_for_status()
    events = http.get(f"{url}gradio_api/call/{endpoint}/{asked.json()['event_id']}").text
    return json.loads(events.split("event: complete\ndata: ", 1)[1].splitlines()[0])


def test_a_call_is_two_requests(appliance: Appliance, http: httpx.Client) -> None:
    assert completed(http, appliance.url("hello"), "greet", ["Ada", "English", 1]) == [
        "Hello, Ada!"
    ]


def test_files_are_addressed_below_the_app(appliance: Appliance, http: httpx.Client) -> None:
    url = appliance.url("files")
    with PICTURE.open("rb") as picture:
        [path] = http.post(f"{url}gradio_api/upload", files={"files": picture}).json()
    sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
    [returned] = completed(http, url, "give_back", [sent])
    assert isinstance(returned, dict)
    assert returned["url"].startswith(f"{url}gradio_api/file=")
    assert http.get(returned["url"]).content == PICTURE.read_bytes()


def test_only_allowed_paths_are_served(appliance: Appliance, http: httpx.Client) -> None:
    url = appliance.url("launch-options")
    [shared, *_] = [
        line.split('"')[0]
        for line in json.dumps(http.get(f"{url}config").json()).split("gradio_api/file=")[1:]
    ]
    shared = shared.rstrip("\\")
    assert http.get(f"{url}gradio_api/file={shared}").text.startswith("Hello from a folder")
    script = shared.replace("shared/greeting.txt", "app.py")
    assert http.get(f"{url}gradio_api/file={script}").status_code == 403


def test_an_upload_beyond_the_scripts_limit_is_refused(
    appliance: Appliance, http: httpx.Client
) -> None:
    answer = http.post(
        f"{appliance.url('launch-options')}gradio_api/upload", files={"files": bytes(1_100_000)}
    )
    assert answer.status_code == 413


def test_routes_of_the_scripts_own_fastapi_app_answer(
    appliance: Appliance, http: httpx.Client
) -> None:
    url = appliance.url("fastapi-mounted")
    assert "Temperatures" in http.get(url).text
    assert http.get(f"{url}api/fahrenheit?celsius=20").json() == {"celsius": 20, "fahrenheit": 68}


def test_every_page_of_a_multi_page_app_has_its_address(
    appliance: Appliance, http: httpx.Client
) -> None:
    page = http.get(appliance.url("multi-page", "doubling"))
    assert page.status_code == 200
    assert "Doubling" in page.text


def test_an_address_without_the_last_slash_leads_to_the_app(
    appliance: Appliance, http: httpx.Client
) -> None:
    bare = http.get(appliance.url("server-mode").rstrip("/"), follow_redirects=True)
    assert str(bare.url) == appliance.url("server-mode")
    assert "QR codes" in bare.text


def test_what_a_stranger_claims_about_himself_changes_nothing(
    appliance: Appliance, http: httpx.Client
) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Real-Ip": "203.0.113.7",
        "Forwarded": "for=203.0.113.7;host=evil.example",
        "X-Gradio-Server": "https://evil.example",
        "Remote-User": "root",
        "Remote_User": "root",
        "X-Appliance-Identity": "forged",
    }
    url = appliance.url("request")
    asked = http.post(f"{url}gradio_api/call/describe", json={"data": []}, headers=claims)
    events = http.get(f"{url}gradio_api/call/describe/{asked.json()['event_id']}").text
    assert "event: complete" in events
    for claim in ("203.0.113.7", "evil.example", "forged", '"root"'):
        assert claim not in events
    assert "evil.example" not in http.get(url, headers=claims).text
    assert "evil.example" not in http.get(f"{url}gradio_api/info").text
