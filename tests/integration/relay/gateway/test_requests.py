"""What passes through the gateway between real clients and a real app."""

import asyncio
import hashlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.integration.relay.gateway.app import NOISE
from tests.integration.relay.gateway.conftest import Edge
from tests.running import http
from tests.running.traefik import until

BOTH_LENGTHS = (
    b"POST /seen HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def curl(*arguments: str | Path, feed: bytes | None = None) -> str:
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "300"]
    return subprocess.run(
        [*command, *arguments], input=feed, capture_output=True, check=True
    ).stdout.decode()


def test_the_app_sees_the_true_visitor(edge: Edge) -> None:
    seen = http.get(
        edge.shared.url + "/seen?x=1",
        headers={
            "Host": "demo.test:8443",
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "demo.test:8443",
            "Forwarded": "for=6.6.6.6",
            "X_Forwarded_For": "6.6.6.6",
            "Remote-User": "root",
        },
    ).json()
    assert seen["client"] == "203.0.113.9"
    assert seen["url"] == "https://demo.test:8443/seen?x=1"
    assert "6.6.6.6" not in str(seen)
    assert "root" not in str(seen)


def test_traefik_says_who_the_visitor_is(edge: Edge) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Real-Ip": "6.6.6.6"}
    seen = http.get(edge.proxy.local + "/seen", headers=forged).json()
    assert seen["client"] == "127.0.0.1"
    assert seen["url"] == edge.proxy.local + "/seen"
    assert "6.6.6.6" not in str(seen)
    assert "x-forwarded-server" not in seen["headers"]


def test_many_requests_use_few_streams(edge: Edge) -> None:
    before = edge.shared.upstream.opened
    with httpx.Client(trust_env=False, timeout=60) as client:
        for _ in range(50):
            assert client.get(edge.shared.url + "/seen").status_code == 200
    assert edge.shared.upstream.opened - before < 25


def test_events_arrive_one_by_one(edge: Edge, url: str) -> None:
    edge.app.go.clear()
    with http.stream("GET", url + "/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        edge.app.go.set()
        assert [line for line in lines if line] == ["data: second"]


def test_a_large_upload_arrives_unchanged(edge: Edge) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(256):
            yield NOISE

    expected = hashlib.sha256()
    for piece in pieces():
        expected.update(piece)
    length = {"Content-Length": str(256 << 20)}
    url = edge.shared.url + "/digest"
    told = http.post(url, content=pieces(), headers=length, timeout=300).json()
    assert told == {"digest": expected.hexdigest(), "size": 256 << 20}


def test_an_upload_in_chunks_arrives_unchanged(url: str) -> None:
    told = http.request("PUT", url + "/digest", content=iter([NOISE] * 8), timeout=120).json()
    assert told == {"digest": hashlib.sha256(NOISE * 8).hexdigest(), "size": 8 << 20}


def test_a_download_in_chunks_arrives_unchanged(url: str) -> None:
    digest = hashlib.sha256()
    with http.stream("GET", url + "/noise/64", timeout=120) as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        for piece in answer.iter_raw():
            digest.update(piece)
    assert digest.digest() == hashlib.sha256(NOISE * 64).digest()


def test_files_whole_in_parts_and_by_their_head(url: str) -> None:
    whole = http.get(url + "/file")
    assert whole.content == NOISE
    part = http.get(url + "/file", headers={"Range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(NOISE)}"
    assert part.content == NOISE[1000:2000]
    head = http.request("HEAD", url + "/file")
    assert head.headers["content-length"] == str(len(NOISE))
    assert not head.content
    same = http.get(url + "/file", headers={"If-None-Match": whole.headers["etag"]})
    assert same.status_code in (200, 304)


def test_curl_waits_for_continue(edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(NOISE * 2)
    told = curl(
        "--verbose",
        "--stderr",
        "-",
        "--expect100-timeout",
        "250",
        "--header",
        "Expect: 100-continue",
        "--data-binary",
        f"@{file}",
        edge.shared.url + "/digest",
    )
    assert "HTTP/1.1 100 Continue" in told
    assert hashlib.sha256(NOISE * 2).hexdigest() in told


def test_an_early_answer_to_an_upload_arrives(url: str, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(NOISE * 32)
    code = "%{http_code}"
    told = curl("--header", "Expect:", "--data-binary", f"@{file}", "-w", code, url + "/early")
    assert told == "too large413"


def test_websockets(url: str) -> None:
    async def talk() -> None:
        async with connect(
            url.replace("http", "ws") + "/echo", subprotocols=["echo"], proxy=None, max_size=None
        ) as client:
            assert client.subprotocol == "echo"
            for message in (b"x", b"", NOISE, b"\x00\r\n\r\n"):
                await client.send(message)
                assert await client.recv() == message

    asyncio.run(talk())


def test_the_app_notices_who_leaves(edge: Edge, url: str) -> None:
    edge.app.begun.clear()
    edge.app.left.clear()
    with http.stream("GET", url + "/endless") as answer:
        assert next(answer.iter_lines()) == "data: more"
    assert edge.app.left.wait(60)
    until(lambda: edge.shared.share.traffic.open == 0)


def test_a_visitor_who_reads_nothing_does_not_fill_the_memory(edge: Edge) -> None:
    address = urlsplit(edge.shared.url)
    sent = edge.shared.stats.sent
    with socket.create_connection((address.hostname, address.port), 60) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        client.sendall(b"GET /noise/512 HTTP/1.1\r\nHost: demo.test\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        # Another visitor meanwhile.
        assert http.get(edge.shared.url + "/seen").status_code == 200
    until(lambda: edge.shared.share.traffic.open == 0)
    # What sockets hold on a loopback interface and no more.
    assert edge.shared.stats.sent - sent < 64 << 20


def test_half_an_answer_is_no_answer(edge: Edge, url: str) -> None:
    aborted = edge.shared.stats.aborted
    with pytest.raises(httpx.TransportError):
        http.get(url + "/broken")
    # Counted on another thread than the one that has just seen the end.
    until(lambda: edge.shared.stats.aborted > aborted)
    assert edge.shared.stats.aborted == aborted + 1


def test_an_app_that_takes_no_connections(edge: Edge) -> None:
    upstream = edge.shared.upstream
    right, upstream.port = upstream.port, 1
    edge.shared.share.traffic.errors = 0
    try:
        until(lambda: http.get(edge.shared.url + "/seen").status_code == 502)
        page = http.get(edge.shared.url + "/seen", headers={"Accept": "text/html"})
    finally:
        upstream.port = right
    assert "The app does not answer" in page.text
    assert page.headers["retry-after"] == "5"
    assert edge.shared.share.traffic.errors >= 2
    assert http.get(edge.shared.url + "/seen").status_code == 200


def test_a_name_that_nobody_shares(edge: Edge) -> None:
    answer = http.get(edge.shared.url + "/", headers={"Host": "nobody.localhost"})
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("No app here")


@pytest.mark.parametrize(
    "request_",
    [
        BOTH_LENGTHS + b"0\r\n\r\nGET /seen HTTP/1.1\r\nHost: demo.test\r\n\r\n",
        b"GET /seen HTTP/1.1\r\nHost: demo.test\r\nX: a\n\nGET /seen HTTP/1.1\r\n\r\n",
        b"GET /seen HTTP/1.1\r\nHost: demo.test\r\nHost: other.test\r\n\r\n",
    ],
)
def test_what_could_hide_a_request_reaches_no_app(edge: Edge, request_: bytes) -> None:
    address = urlsplit(edge.shared.url)
    calls = edge.app.calls
    with socket.create_connection((address.hostname, address.port), 60) as client:
        client.sendall(request_)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert edge.app.calls == calls
