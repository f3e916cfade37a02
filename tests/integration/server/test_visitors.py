"""Visitors of one app: addresses, headers, streams, files, uploads, identity."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gradio_client import Client, handle_file

from tests.integration.server.test_shapes import client
from tests.running.http import get, post, request
from tests.running.process import PATIENCE
from tests.running.servers import PROXY, Server, Servers

KEY = Ed25519PrivateKey.generate()
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ORIGIN = "https://blog.example.org"
FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X_Forwarded_Host": "evil.example",
    "Forwarded": "for=6.6.6.6;host=evil.example",
    "X-Gradio-Server": "https://evil.example",
    "X-Forwarded-Prefix": "/evil",
    "Remote-User": "root",
    "X_Appliance_Identity": "root",
    "X-HF-Authorization": "Bearer hf_secret",
}


@pytest.fixture(scope="module")
def local(servers: Servers) -> Server:
    return apps(servers)["local"]


@pytest.fixture(scope="module")
def public(servers: Servers) -> Server:
    return apps(servers)["public"]


@pytest.fixture(scope="module")
def private(servers: Servers) -> Server:
    return apps(servers)["private"]


_started: dict[str, Server] = {}


def apps(servers: Servers) -> dict[str, Server]:
    if not _started:
        folder = servers.folder / "local"
        _started["local"] = servers.start(
            "full.py",
            name="local",
            path="/hello",
            origins=[ORIGIN],
            files={"blocked": [str(folder / "blocked")], "max_upload": 2 * 2**20},
        )
        _started["public"] = servers.start(
            "full.py",
            name="public",
            path="/hello",
            root="https://example.org/hello",
            identity={"audience": "hello", "keys": [PEM]},
        )
        _started["private"] = servers.start(
            "full.py",
            name="private",
            environment={"WITH_MCP": "1"},
            identity={"audience": "hello", "keys": [PEM], "required": True},
        )
        for server in _started.values():
            server.wait_until_ready()
    return _started


def through_proxy(server: Server, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=PROXY), timeout=30) as proxy:
        return proxy.get(server.origin + path, headers=headers)


def call(server: Server, name: str, *data: Any, **headers: str) -> str:
    base = f"{server.url}gradio_api/call/{name}"
    begun = post(base, json={"data": list(data)}, headers=headers)
    begun.raise_for_status()
    return get(f"{base}/{begun.json()['event_id']}", headers=headers).text


# -- addresses ------------------------------------------------------------------------------------


def test_local_visitors_get_urls_of_the_address_they_used(local: Server) -> None:
    for host in ("localhost:9000", "127.0.0.1:8123", "localhost:9000"):
        assert local.config(Host=host)["root"] == f"http://{host}/hello"
        written = call(local, "write", "text", Host=host)
        assert f'"http://{host}/hello/gradio_api/file=' in written


def test_nobody_sees_another_visitors_address(local: Server) -> None:
    info = local.url + "gradio_api/info"
    first = get(info, headers={"Host": "localhost:1111"}).text
    second = get(info, headers={"Host": "localhost:2222"}).text
    assert "localhost:1111" not in second
    assert second == first.replace("localhost:1111", "localhost:2222")


def test_names_of_others_are_refused_locally(local: Server) -> None:
    answer = get(local.url, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "localhost" in answer.text


def test_the_path_leads_to_the_page(local: Server) -> None:
    redirected = get(f"{local.origin}/hello?a=b")
    assert redirected.status_code == 307
    assert redirected.headers["location"].endswith("/hello/?a=b")
    assert get(local.origin + "/other").status_code == 404
    assert get(local.url + "second").status_code == 200
    assert get(local.url + "second/").headers["location"] == "/hello/second"


@pytest.mark.parametrize("page", ["", "config", "gradio_api/info", "second"])
def test_a_public_app_has_one_address_whatever_is_sent(public: Server, page: str) -> None:
    plain = get(public.url + page)
    forged = get(public.url + page, headers={**FORGED, "Host": "evil.example"})
    assert plain.status_code == forged.status_code == 200
    assert "evil" not in forged.text
    assert "127.0.0.1" not in plain.text


def test_a_public_app_is_found_at_its_root(public: Server) -> None:
    assert public.config()["root"] == "https://example.org/hello"
    assert '"https://example.org/hello/gradio_api/file=' in call(public, "write", "text")


def test_forged_headers_do_not_reach_the_script(local: Server) -> None:
    seen = call(local, "who", **FORGED)
    assert "evil" not in seen
    assert "6.6.6.6" not in seen
    assert "root" not in seen
    assert "hf_secret" not in seen
    assert '"client": "127.0.0.1"' in seen


def test_the_proxy_tells_the_visitors_address(local: Server) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=PROXY), timeout=30) as proxy:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "localhost:8080"}
        base = f"{local.url}gradio_api/call/who"
        begun = proxy.post(base, json={"data": []}, headers=headers).json()
        seen = proxy.get(f"{base}/{begun['event_id']}", headers=headers).text
    assert '"client": "203.0.113.9"' in seen
    assert "http://localhost:8080/hello/" in seen
    assert "x-forwarded" not in seen


# -- health ---------------------------------------------------------------------------------------


def test_health_is_for_those_who_ask_directly(local: Server) -> None:
    assert get(local.origin + "/healthz").json() == {"status": "live"}
    ready = get(local.origin + "/readyz").json()
    assert ready["status"] == "ready"
    assert ready["active"] == 0
    assert (
        through_proxy(
            local, "/readyz", Host="localhost", **{"X-Forwarded-For": "1.1.1.1"}
        ).status_code
        == 404
    )


def test_running_predictions_are_counted(local: Server) -> None:
    with client(local.url) as app:
        job = app.submit(2, api_name="/slow")
        assert poll(lambda: get(local.origin + "/readyz").json()["streams"] == 1)
        assert job.result() == "done"
    assert poll(lambda: get(local.origin + "/readyz").json()["streams"] == 0)


def poll(condition: Any, seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


# -- clients --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stock(local: Server) -> Iterator[Client]:
    with client(local.url) as connected:
        yield connected


def test_predictions_and_streams(stock: Client) -> None:
    assert stock.predict("Ada", api_name="/greet") == "Hello Ada!"
    assert list(stock.submit(4, api_name="/count")) == ["0", "1", "2", "3"]


def test_files_go_up_and_come_down(stock: Client, tmp_path: Path) -> None:
    sent = tmp_path / "sent.txt"
    sent.write_bytes(b"x" * 500_000)
    assert (
        Path(stock.predict(handle_file(sent), api_name="/same")).read_bytes() == sent.read_bytes()
    )
    assert Path(stock.predict("written", api_name="/write")).read_text() == "written"


# -- cross origin ---------------------------------------------------------------------------------


def test_listed_origins_may_call(local: Server) -> None:
    answer = get(local.url + "config", headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    assert request("OPTIONS", local.url + "gradio_api/queue/join", headers=preflight).is_success


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:5555"])
def test_other_origins_may_not(local: Server, public: Server, origin: str) -> None:
    for server in (local, public):
        answer = get(server.url + "config", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        refused = request("OPTIONS", server.url + "gradio_api/queue/join", headers=preflight)
        assert "access-control-allow-origin" not in refused.headers


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("allowed/file.txt", 200),
        ("blocked/file.txt", 403),
        ("outside/file.txt", 403),
        ("source/full.py", 403),
        ("data/.gradio-appliance/hash_seed", 403),
    ],
)
def test_file_rules(local: Server, file: str, status: int) -> None:
    fetched = get(f"{local.url}gradio_api/file={local.folder / file}")
    assert fetched.status_code == status


@pytest.mark.parametrize("file", ["outside/file.txt", "blocked/file.txt", "source/full.py"])
def test_a_visitor_names_no_file_that_was_not_uploaded(local: Server, file: str) -> None:
    sent = {"path": str(local.folder / file), "meta": {"_type": "gradio.FileData"}}
    answer = call(local, "same", sent)
    assert "event: error" in answer
    assert "event: complete" not in answer


def test_the_dashboard_is_closed(local: Server) -> None:
    assert get(local.url + "monitoring/summary").status_code == 403


# -- uploads --------------------------------------------------------------------------------------


def upload(server: Server, *sizes: int) -> httpx.Response:
    files = [("files", (f"{i}.bin", b"x" * size)) for i, size in enumerate(sizes)]
    return post(server.url + "gradio_api/upload", files=files)


def test_the_stricter_of_two_upload_limits_holds(local: Server) -> None:
    assert local.config()["max_file_size"] == 1024 * 1024
    assert upload(local, 1000, 900_000, 900_000).status_code == 200
    refused = upload(local, 1_500_000)
    assert refused.status_code == 413
    assert "exceeded maximum allowed size" in refused.text


def test_a_large_body_is_refused_before_it_is_sent(local: Server) -> None:
    head = (
        "POST /hello/gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", local.port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]


def test_a_chunked_body_is_refused_once_it_is_too_large(local: Server) -> None:
    body = (b"x" * 65536 for _ in range(64))
    refused = post(local.url + "gradio_api/queue/join", content=body)
    assert refused.status_code == 413
    assert "2 MB" in refused.json()["error"]


# -- identity -------------------------------------------------------------------------------------


def assertion(**changes: Any) -> dict[str, str]:
    claims = {"iss": "gradio-appliance", "aud": "hello", "sub": "ada", "exp": time.time() + 60}
    return {"X-Appliance-Identity": jwt.encode({**claims, **changes}, KEY, algorithm="EdDSA")}


def test_an_assertion_names_the_user(public: Server) -> None:
    assert '"user": "ada"' in call(public, "who", **assertion())
    assert public.config(**assertion())["username"] == "ada"


def test_a_public_app_serves_the_anonymous(public: Server) -> None:
    assert '"user": "ada"' not in call(public, "who", **assertion(aud="other"))
    assert not public.config()["username"]


@pytest.mark.parametrize("page", ["", "config", "gradio_api/mcp/schema", "gradio_api/heartbeat/x"])
def test_a_private_app_serves_nothing_to_the_anonymous(private: Server, page: str) -> None:
    guesses: list[dict[str, str]] = [
        {},
        assertion(aud="other"),
        {"x-gradio-user": "mcp"},
        {"x-appliance-loopback": "guess"},
    ]
    for headers in guesses:
        assert get(private.url + page, headers=headers).status_code == 401


def test_a_private_app_serves_those_it_knows(private: Server) -> None:
    assert private.config(**assertion())["username"] == "ada"
    with client(private.url, headers=assertion()) as app:
        assert app.predict("Ada", api_name="/greet") == "Hello Ada!"


# -- MCP ------------------------------------------------------------------------------------------


def tool(server: Server, name: str, **headers: str) -> str:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": {"name": "Ada"} if name == "greet" else {}},
    }
    accept = {"Accept": "application/json, text/event-stream", **headers}
    answer = post(server.url + "gradio_api/mcp/", json=message, headers=accept)
    answer.raise_for_status()
    return answer.text


def test_tools_call_this_very_server_whatever_address_is_named(private: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        named = f"127.0.0.1:{elsewhere.getsockname()[1]}"
        headers = {**assertion(), "Host": named, "X-Forwarded-Host": named}
        assert "Hello Ada!" in tool(private, "greet", **headers)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_tools_know_their_caller_and_not_the_servers_secret(private: Server) -> None:
    seen = tool(private, "who", **assertion())
    assert "ada" in seen
    assert "x-appliance-loopback" not in seen
