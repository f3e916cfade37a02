"""Over a real socket: what a server does with a request that never ends is the point."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from fastapi import FastAPI, Request

from appliance.auth.browsers.bodies import form
from appliance.web.bounded import LARGEST, BoundedBodies
from tests.running.process import free_port
from tests.running.traefik import until
from tests.running.upstream import serving

CHUNKED = "Transfer-Encoding: chunked"


def served(**limits: float) -> FastAPI:
    app = FastAPI()
    app.add_middleware(BoundedBodies, **limits)

    @app.post("/form")
    async def fields(request: Request) -> dict[str, Any]:
        return dict(await form(request))

    @app.post("/json")
    async def document(body: dict[str, Any]) -> int:
        return len(body)

    @app.post("/unread")
    @app.get("/unread")
    async def unread() -> str:
        return "answered"

    return app


@pytest.fixture(scope="module")
def hasty() -> Iterator[int]:
    """One that gives nobody the time that a busy machine takes."""
    port = free_port()
    with serving(served(seconds=0.3), f"http://127.0.0.1:{port}"):
        yield port


@pytest.fixture(scope="module")
def patient() -> Iterator[int]:
    """One that waits for as long as the test takes, for three."""
    port = free_port()
    with serving(served(seconds=600, at_once=3), f"http://127.0.0.1:{port}"):
        yield port


def said(port: int, path: str, *lines: str, body: bytes = b"", method: str = "POST") -> bytes:
    """All that is answered until the server closes; it hangs up or the test fails."""
    head = "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", "Host: a", *lines))
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        answer = bytearray()
        while data := connection.recv(65536):
            answer += data
    return bytes(answer)


@pytest.mark.parametrize("path", ["/form", "/json"])
@pytest.mark.parametrize("length", ["Content-Length: 9999", CHUNKED])
def test_who_does_not_finish_is_let_go(hasty: int, path: str, length: str) -> None:
    answer = said(hasty, path, length, "Content-Type: application/json", body=b"5\r\n{...}\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_who_begins_many_keeps_nobody_from_the_pages(patient: int) -> None:
    def sent() -> bytes:
        return said(patient, "/form", "Content-Length: 1", "Connection: close", body=b"x")

    begun = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nx"
    with ExitStack() as stack:
        for _ in range(3):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", patient), 60))
            held.sendall(begun)
        until(lambda: sent().startswith(b"HTTP/1.1 503 "))
        assert b"retry-after: 5" in sent().lower()
        answer = said(patient, "/unread", "Connection: close", method="GET")
        assert answer.startswith(b"HTTP/1.1 200 ")
    until(lambda: sent().startswith(b"HTTP/1.1 200 "))


def test_a_giant_document_is_not_read_to_its_end(patient: int) -> None:
    giant = b"{" + b" " * LARGEST
    length = "Content-Length: 9999999999"
    answer = said(patient, "/json", length, "Content-Type: application/json", body=giant)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_what_nobody_reads_holds_no_connection(patient: int) -> None:
    answer = said(patient, "/unread", "Content-Length: 9999", body=b"x")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()


def test_a_whole_request_keeps_its_connection(patient: int) -> None:
    last = "GET /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    json = "Content-Type: application/json"
    answer = said(patient, "/json", "Content-Length: 2", json, body=b"{}" + last.encode())
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert b"answered" in answer
