"""`tls.mode: off` behind a real nginx, by the lines that docs/tls.md gives for it."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.proxy.files import prepare
from appliance.proxy.routes import routes
from tests.running import statuses
from tests.running.nginx import Nginx, nginx
from tests.running.traefik import prepared, started
from tests.running.upstream import Upstream, threaded

HOST = "hello.demos.example.org"
VISITOR = "127.0.0.5"
COOKIES = 4
"""Of 4 KB each, the longest that browsers keep: what a sign-in of an app's own may set."""
CONFIG = Config.model_validate(
    {
        "domain": "demos.example.org",
        "ports": {"http": 8000},
        "auth": {"default": "public"},
        "tls": {"mode": "off", "trusted_proxies": ["127.0.0.1"]},
        "apps": {"hello": {"source": "hello"}},
    }
)


class App(Upstream):
    """It also echoes over a WebSocket and sets long cookies at `/cookies`."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": (await receive())["text"].upper()})
        elif scope["path"].endswith("/cookies"):
            long = [(b"set-cookie", f"c{n}={'x' * 3900}".encode()) for n in range(COOKIES)]
            await send({"type": "http.response.start", "status": 200, "headers": long})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await super().__call__(scope, receive, send)


@dataclass(frozen=True)
class Behind:
    """What stands in a row."""

    nginx: Nginx
    app: App

    def client(self) -> httpx.Client:
        """A visitor, who comes from elsewhere and resolves names as the DNS would."""
        return httpx.Client(
            transport=httpx.HTTPTransport(verify=self.trust, local_address=VISITOR),
            base_url=f"https://127.0.0.1:{self.nginx.secure}",
            headers={"Host": HOST},
            timeout=20,
        )

    @property
    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.nginx.root))
        # The name is asked for by the header; the connection is made to an address.
        context.check_hostname = False
        return context


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder: Path = tmp_path_factory.mktemp("nginx")
    proxy, app = prepared(folder), App("hello")
    listen = replace(proxy.listen, trusted=trusted(CONFIG))
    prepare(proxy.folder, listen, proxy.key)
    port = int(app.url.rpartition(":")[2])
    with ExitStack() as stack:
        served = {"host": "127.0.0.1", "port": port, "log_level": "error", "lifespan": "off"}
        stack.enter_context(threaded(app, **served, ws="websockets-sansio"))
        stack.enter_context(started(proxy))
        host = statuses.host(statuses.live("hello", app.url))
        # In ForwardAuth's place too, where it lets everybody in.
        proxy.apply(routes(CONFIG, host, app.url, app.url))
        yield Behind(stack.enter_context(nginx(folder, proxy.http)), app)


def test_the_app_sees_name_scheme_and_visitor(behind: Behind) -> None:
    with behind.client() as client:
        found = dict(client.get("/x", headers={"X-Forwarded-For": "6.6.6.6"}).json()["headers"])
    assert found["host"] == HOST
    assert found["x-forwarded-proto"] == "https"
    # Behind what he claims stands where he is.
    assert found["x-forwarded-for"].split(", ")[:2] == ["6.6.6.6", VISITOR]


def test_plain_http_is_led_to_https(behind: Behind) -> None:
    url = f"http://127.0.0.1:{behind.nginx.plain}/a?b=c"
    answer = httpx.get(url, headers={"Host": HOST}, trust_env=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"https://{HOST}/a?b=c"


def test_events_come_one_by_one(behind: Behind) -> None:
    behind.app.go.clear()
    with behind.client() as client, client.stream("GET", "/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        behind.app.go.set()
        assert [line for line in lines if line] == ["data: second"]


def test_large_files_go_through(behind: Behind) -> None:
    with behind.client() as client:
        assert client.post("/upload", content=bytes(8 * 2**20)).json() == {"received": 8 * 2**20}


def test_long_headers_of_an_app_come_through(behind: Behind) -> None:
    with behind.client() as client:
        answer = client.get("/cookies")
    assert answer.status_code == 200
    assert len(answer.headers.get_list("set-cookie")) == COOKIES


def test_websockets_work(behind: Behind) -> None:
    async def speak() -> str | bytes:
        where = {"host": "127.0.0.1", "port": behind.nginx.secure, "proxy": None}
        async with connect(f"wss://{HOST}/ws", ssl=behind.trust, **where) as socket:
            await socket.send("hello")
            return await socket.recv()

    assert asyncio.run(speak()) == "HELLO"
