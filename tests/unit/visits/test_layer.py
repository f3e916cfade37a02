"""The app server's layer that counts, and who may ask it."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from appliance.apps.server.gate import Gate
from appliance.apps.server.health import Health, Readiness
from appliance.apps.server.settings import Identity, Settings, Storage
from appliance.apps.server.visiting import Counted, Visits
from appliance.visits.model import Told

KEY = "k" * 64
FORWARDED = {"X-Forwarded-For": "203.0.113.9", "Host": "localhost"}
SETTINGS = Settings(
    app="hello",
    file="app.py",
    listen_host="127.0.0.1",
    listen_port=7860,
    root=None,
    path="/",
    trusted_proxies=("127.0.0.1",),
    storage=Storage(temp="", examples="", data=""),
    identity=Identity(audience="hello"),
)


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test does would else be of two hours or days, once in a while."""
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)


async def page(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("12345")


async def broken(_: Request) -> Response:
    raise ZeroDivisionError


async def stream(_: Request) -> Response:
    return StreamingResponse(iter(["data: 1\n\n", "data: 2\n\n"]), media_type="text/event-stream")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


class Server:
    """Layers as `layers` puts them around an app."""

    def __init__(self, key: str = KEY) -> None:
        routes = [
            Route("/", page, methods=["GET", "POST"]),
            Route("/broken", broken),
            Route("/gradio_api/queue/join", page, methods=["POST"]),
            Route("/gradio_api/queue/data", stream),
            Route("/visitz", page, methods=["GET", "POST"]),
            WebSocketRoute("/socket", socket),
        ]
        self.visits = Visits(key)
        inner = Counted(Starlette(routes=routes), self.visits)
        app = Health(Gate(inner, SETTINGS), Readiness(), self.visits)
        self.client = TestClient(
            app, client=("127.0.0.1", 1), headers=FORWARDED, raise_server_exceptions=False
        )
        self.host = TestClient(app, client=("127.0.0.1", 1), headers={"Host": "localhost"})

    def ask(self, salts: Mapping[str, str], key: str = KEY) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        return self.host.post("/visitz", json={"salts": salts}, headers=headers)

    def told(self) -> Told:
        answer = self.ask(today())
        assert answer.status_code == 200
        return Told.model_validate_json(answer.content)


def today() -> dict[str, str]:
    day = int(time.time()) // 86_400
    return {str(day): "ab" * 32, str(day + 1): "cd" * 32}


@pytest.fixture
def server() -> Server:
    found = Server()
    assert found.ask(today()).status_code == 200
    return found


def test_nothing_is_counted_before_the_app_host_says_so() -> None:
    server = Server()
    server.client.get("/")
    assert server.told().hours == ()
    server.client.get("/")
    assert server.told().hours[0].requests == 1
    assert server.ask({}).json()["hours"] == []
    server.client.get("/")
    assert server.told().hours == ()


def test_requests_answers_and_bytes(server: Server) -> None:
    server.client.post("/", content=b"x" * 1000)
    server.client.get("/none")
    server.client.get("/broken")
    [hour] = server.told().hours
    assert (hour.requests, hour.refused, hour.failed) == (3, 1, 1)
    assert hour.received == 1000
    assert hour.sent == 5 + len("Not Found") + len("Internal Server Error")
    assert sum(hour.latencies) == 3


def test_a_prediction_is_what_is_asked_for_and_awaited(server: Server) -> None:
    server.client.post("/gradio_api/queue/join", json={})
    server.client.get("/gradio_api/queue/data")
    [hour] = server.told().hours
    assert (hour.predictions, sum(hour.durations)) == (1, 1)


def test_websockets_count(server: Server) -> None:
    with server.client.websocket_connect("/socket") as connection:
        connection.send_text("hello")
        assert connection.receive_text() == "hello"
    [hour] = server.told().hours
    assert (hour.requests, hour.sent, hour.failed) == (1, 5, 0)


def test_visitors_are_told_apart_by_the_address_the_proxy_names(server: Server) -> None:
    for last in (1, 2, 3, 2, 1):
        server.client.get("/", headers={"X-Forwarded-For": f"203.0.113.{last}"})
    told = server.told()
    [bits] = told.visitors.values()
    assert int.from_bytes(bits, "big").bit_count() == 3
    assert "203.0.113" not in server.ask(today()).text


def test_pages_opened_from_elsewhere_name_the_site(server: Server) -> None:
    html = {"Accept": "text/html", "Referer": "https://blog.example.org/post?token=x"}
    server.client.get("/", headers=html)
    server.client.get("/config", headers={"Referer": "https://blog.example.org/"})
    server.client.get("/", headers={"Referer": "https://blog.example.org/"})
    server.client.get("/", headers={**html, "Referer": "http://localhost/hello"})
    [hour] = server.told().hours
    assert hour.referrers == {"blog.example.org": 2}
    assert hour.clients["other"] == 4


def test_what_comes_past_the_proxy_is_no_visit(server: Server) -> None:
    server.host.get("/")
    server.host.get("/readyz")
    assert server.told().hours == ()


def test_only_the_app_host_may_ask(server: Server) -> None:
    assert server.ask(today(), key="wrong").status_code == 403
    assert Server(key="").ask(today(), key="").status_code == 403
    headers = {"Authorization": f"Bearer {KEY}"}
    visitor = server.client.post("/visitz", json={"salts": {}}, headers=headers)
    assert visitor.text == "12345", "a path like others to those who come through the proxy"
    assert server.told().hours[0].requests == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"salts": 1}', b'{"salts": {"x": "ab"}}', b"x" * 9000]
)
def test_nonsense_changes_nothing(server: Server, body: bytes) -> None:
    server.client.get("/")
    headers = {"Authorization": f"Bearer {KEY}"}
    assert server.host.post("/visitz", content=body, headers=headers).status_code == 400
    assert server.told().hours[0].requests == 1
