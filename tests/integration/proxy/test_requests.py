"""What reaches an app, and how its answers come back."""

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from appliance.config.schema import Config
from tests.integration.proxy.conftest import Edge
from tests.running import http, statuses
from tests.running.traefik import until
from tests.running.upstream import Upstream

FORGED = {
    "Forwarded": "for=6.6.6.6;host=evil.org",
    "Remote-Email": "root@example.org",
    "Remote-Groups": "admins",
    "Remote-Name": "Root",
    "Remote-User": "root",
    "X-Appliance-Identity": "forged",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.org",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Server": "evil",
    "X-Forwarded-User": "root",
    "X-Gradio-Server": "http://evil.org",
    "X-Real-Ip": "6.6.6.6",
}


def seen(answer: httpx.Response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in answer.json()["headers"]:
        found.setdefault(name, []).append(value)
    return found


def exchange(edge: Edge, request: str) -> bytes:
    """One request as raw text; the whole answer."""
    address = urlsplit(edge.proxy.local)
    with socket.create_connection((address.hostname, address.port), 60) as client:
        client.sendall(request.replace("\n", "\r\n").encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_what_strangers_claim_does_not_arrive(local: Edge) -> None:
    headers = seen(http.get(local.proxy.local + "/talk/chat/", headers=FORGED))
    text = str(headers)
    assert not any(word in text for word in ("evil", "6.6.6.6", "root", "admins", "forged", "666"))
    own = urlsplit(local.proxy.local)
    assert headers["x-forwarded-for"] == ["127.0.0.1"]
    assert headers["x-real-ip"] == ["127.0.0.1"]
    assert headers["x-forwarded-host"] == headers["host"] == [own.netloc]
    assert headers["x-forwarded-proto"] == ["http"]


@pytest.mark.parametrize("spelling", ["_", "."])
def test_nor_in_another_spelling(local: Edge, spelling: str) -> None:
    forged = {name.replace("-", spelling): value for name, value in FORGED.items() if "-" in name}
    text = str(seen(http.get(local.proxy.local + "/talk/chat/", headers=forged)))
    assert not any(word in text for word in ("evil", "6.6.6.6", "root", "admins", "forged", "666"))


def test_nor_smuggled_behind_connection_or_twice(local: Edge) -> None:
    answer = exchange(
        local,
        "GET /talk/chat/ HTTP/1.1\nHost: localhost\nConnection: close, X-Forwarded-For, X-Real-Ip\n"
        "X-Forwarded-For: 6.6.6.6\nx-forwarded-for: 6.6.6.7\n"
        "REMOTE-USER: root\nremote-user: root\n\n",
    )
    assert b"200 OK" in answer
    assert b"6.6.6" not in answer
    assert b"root" not in answer
    assert b'"x-forwarded-for", "127.0.0.1"' in answer


def test_what_an_app_needs_arrives_untouched(local: Edge) -> None:
    sent = {
        "Authorization": "Bearer t",
        "Cookie": "a=b; c=d",
        "X-Gradio-User": "app",
        "X-Custom": "ä".encode(),
        "Accept-Language": "de",
    }
    answer = http.get(local.proxy.local + "/talk/chat/?a=1&a=2;b=%20&c=%2F", headers=sent)
    headers = seen(answer)
    assert headers["authorization"] == ["Bearer t"]
    assert headers["cookie"] == ["a=b; c=d"]
    assert headers["x-gradio-user"] == ["app"]
    assert headers["accept-language"] == ["de"]
    assert answer.json()["query"] == "a=1&a=2%3Bb=%20&c=%2F"


@pytest.mark.parametrize(
    "file",
    [
        "/tmp/gradio/ab/image.png",
        "/tmp/a%20b%20%C3%A4%F0%9F%91%8B.txt",
        "%2Ftmp%2Fgradio%2Fx.png",
        "/tmp/100%25.txt",
        "/tmp/a%3Fb%23c%3Bd.txt",
        "C:/x/y+z,(1)&='.csv",
    ],
)
def test_names_of_files_arrive_as_they_were_sent(local: Edge, file: str) -> None:
    path = f"/talk/chat/gradio_api/file={file}"
    answer = exchange(local, f"GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert f'"raw_path": "{path}"'.encode() in answer


@pytest.mark.parametrize("path", ["/talk/chat/%00", "/talk/chat/a%5Cb"])
def test_what_no_file_is_called_is_refused(local: Edge, path: str) -> None:
    assert http.get(local.proxy.local + path).status_code == 400


@pytest.mark.parametrize("way", ["/talk/chat/../../hello/x", "/talk/chat/%2E%2E/%2e%2e/hello/x"])
def test_dots_lead_where_they_say(local: Edge, way: str) -> None:
    answer = exchange(local, f"GET {way} HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert b'"raw_path": "/hello/x"' in answer


def test_encoded_dots_and_slashes_stay_with_the_app_they_were_sent_to(local: Edge) -> None:
    way = "/talk/chat/..%2F..%2Fhello/x"
    answer = exchange(local, f"GET {way} HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert b'"name": "chat"' in answer


def test_a_head_beyond_all_measure_is_refused(local: Edge) -> None:
    answer = http.get(local.proxy.local + "/talk/chat/", headers={"X-Long": "x" * 100_000})
    assert answer.status_code == 431


def test_an_event_arrives_before_the_next_is_sent(
    local: Edge, upstreams: dict[str, Upstream]
) -> None:
    chat = upstreams["chat"]
    chat.go.clear()
    with http.stream("GET", local.proxy.local + "/talk/chat/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        chat.go.set()
        assert [line for line in lines if line] == ["data: second"]


def test_an_upload_reaches_the_app_while_it_is_being_sent(
    local: Edge, upstreams: dict[str, Upstream]
) -> None:
    chat = upstreams["chat"]

    def trickle() -> Iterator[bytes]:
        for number in range(1, 6):
            yield b"x" * 20_000
            until(lambda sent=number * 20_000: chat.received == sent)

    answer = http.post(local.proxy.local + "/talk/chat/upload", content=trickle())
    assert answer.json() == {"received": 100_000}


def test_a_short_body_reaches_the_app_once_it_is_all_there(
    local: Edge, upstreams: dict[str, Upstream]
) -> None:
    """Else Traefik may drop an app's answer that begins early, most of all on a busy machine."""
    chat, own = upstreams["chat"], urlsplit(local.proxy.local)
    chat.received = -1
    with socket.create_connection((own.hostname, own.port), 60) as client:
        client.sendall(
            b"POST /talk/chat/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Length: 10\r\n\r\nfirst"
        )
        # Who comes later is served meanwhile: the proxy has had the time to send it on.
        for _ in range(5):
            assert http.get(local.proxy.local + "/talk/chat/").status_code == 200
        assert chat.received == -1
        client.sendall(b" last")
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert b'{"received": 10}' in answer


def test_a_visitor_stays_with_one_replica(local: Edge) -> None:
    with httpx.Client(base_url=local.proxy.local, timeout=60) as visitor:
        first = visitor.get("/hello/")
        assert all(visitor.get("/hello/").json()["name"] == first.json()["name"] for _ in range(6))
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("appliance_hello=")
    assert {"Path=/hello", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_strangers_are_spread_over_the_replicas(local: Edge) -> None:
    names = {http.get(local.proxy.local + "/hello/").json()["name"] for _ in range(8)}
    assert names == {"hello", "copy"}


def test_an_app_may_change_the_protocol(edge: Edge) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_upgrade_and_echo, args=(listener,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = Config.model_validate({"apps": {"ws": {"source": "ws"}}})
        edge.serve(config, statuses.host(statuses.live("ws", address)))
        own = urlsplit(edge.proxy.local)
        with socket.create_connection((own.hostname, own.port), 60) as client:
            client.sendall(
                b"GET /ws/socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert client.recv(65536).startswith(b"HTTP/1.1 101 ")
            client.sendall(b"hello")
            assert client.recv(5) == b"HELLO"
        thread.join(10)


def _upgrade_and_echo(listener: socket.socket) -> None:
    server, _ = listener.accept()
    with server:
        head = b""
        while b"\r\n\r\n" not in head:
            head += server.recv(65536)
        server.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        server.sendall(server.recv(65536).upper())
