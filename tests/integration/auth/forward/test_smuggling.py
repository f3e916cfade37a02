"""Requests inside requests: what Traefik takes for a body, nobody behind it takes for a request.

Sent to an app, to the pages of the appliance and through the relay to a share. Whatever got through
unparsed would carry an address that no visitor has, and the answers of those who come later would
be somebody else's.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from appliance.config.schema import Config
from appliance.proxy.model import RouteModel
from appliance.proxy.routes import routes
from tests.integration.auth.conftest import APPS, SHARED, Front, running
from tests.running import http, http2
from tests.running.gateway import sharing
from tests.running.upstream import Upstream, serving

PATIENCE = 1
"""Seconds for which a body that never ends is waited for with the proxy."""
MARK = "6.6.6.6"
"""Where a smuggled request claims to come from."""


class Recorder(Upstream):
    """Keeps what came through."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.heads: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.heads.append(f"{scope['path']} {scope['headers']}")
        await super().__call__(scope, receive, send)


BEHIND = Recorder("behind")
CONFIG = Config.model_validate(
    {"auth": {}, "share": {}, "apps": {**APPS, "behind": {"source": "x", "access": "public"}}}
)


@dataclass(frozen=True)
class Target:
    """What strangers reach, and what an honest request is answered with."""

    path: str
    host: str
    honest: str


@dataclass
class Everything:
    """The front door, and a real relay behind it."""

    front: Front
    shares_url: str

    def routes(self, shares_url: str = "", behind: str = "") -> RouteModel:
        """To somewhere else than usual."""
        host = running(("behind", behind or BEHIND.url))
        urls = (self.front.pages_url, self.front.forward_url)
        return routes(CONFIG, host, *urls, shares_url or self.shares_url)


@pytest.fixture(scope="module")
def everything(front: Front) -> Iterator[Everything]:
    with ExitStack() as stack:
        stack.enter_context(serving(BEHIND, BEHIND.url))
        relay = stack.enter_context(sharing(urlsplit(BEHIND.url).port or 0))
        made = Everything(front, relay.url)
        front.serve(CONFIG, running(("behind", BEHIND.url)))
        front.proxy.apply(made.routes())
        yield made
        front.proxy.apply(made.routes(SHARED.url))


def targets(everything: Everything) -> tuple[Target, ...]:
    here = everything.front.local_host
    return (
        Target("/behind/", here, '"name": "behind"'),
        Target("/-/healthz", here, "ok"),
        Target("/", f"chat.share.{here}", '"name": "behind"'),
    )


def raw(everything: Everything, text: str) -> bytes:
    """All that is answered to exactly these bytes and, if it is taken for one, a last request."""
    parts = urlsplit(everything.front.proxy.local)
    head = f"Host: {everything.front.local_host}\r\nConnection: close"
    last = f"GET /-/healthz HTTP/1.1\r\n{head}\r\n\r\n"
    answer = bytearray()
    address = (parts.hostname or "", parts.port or 0)
    with socket.create_connection(address, PATIENCE) as connection:
        try:
            connection.sendall((text + last).encode("latin-1"))
            while data := connection.recv(65536):
                answer += data
        except (ConnectionResetError, BrokenPipeError):
            pass  # what has come until then is the answer
        except TimeoutError:
            pass  # more is waited for: all that was sent is taken for a body
    return bytes(answer)


def inner(target: Target, path: str | None = None) -> str:
    return (
        f"GET {path or target.path} HTTP/1.1\r\nHost: {target.host}\r\nX-Forwarded-For: {MARK}\r\n"
        f"X-Real-Ip: {MARK}\r\nRemote-User: root\r\n\r\n"
    )


def nothing_came_through(everything: Everything, target: Target) -> None:
    """Nor is there an answer too many on a connection that others use next."""
    for _ in range(6):
        url = everything.front.proxy.local + target.path
        assert target.honest in http.get(url, headers={"Host": target.host}).text
    assert [head for head in BEHIND.heads if MARK in head or "root" in head] == []


CHUNKS = "0\r\n\r\n"
"""No body at all, to whoever believes in chunks; INNER follows."""
LINES = {
    "a length and chunks": "Content-Length: {size}\r\nTransfer-Encoding: chunked",
    "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: {size}",
    "two lengths": "Content-Length: 5\r\nContent-Length: {size}",
    "two lengths in one": "Content-Length: 5, {size}",
    "a length with a sign": "Content-Length: +{size}",
    "a negative length": "Content-Length: -1",
    "a length in hexadecimal": "Content-Length: 0x5",
    "a length with an underscore": "Content-Length: 5_0",
    "a length beyond all numbers": "Content-Length: 18446744073709551621",
    "a length and a space": "Content-Length : 5",
    "a length in another spelling": "Content_Length: 5\r\nContent.Length: 5",
    "a length in a folded line": "X: x\r\n Content-Length: 5",
    "an unknown coding": "Transfer-Encoding: xchunked\r\nContent-Length: {size}",
    "a coding after chunks": "Transfer-Encoding: chunked, identity\r\nContent-Length: {size}",
    "a coding before chunks": "Transfer-Encoding: identity, chunked\r\nContent-Length: {size}",
    "gzip and chunks": "Transfer-Encoding: gzip, chunked\r\nContent-Length: {size}",
    "chunks twice": "Transfer-Encoding: chunked, chunked\r\nContent-Length: {size}",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\nContent-Length: {size}",
    "quoted chunks": 'Transfer-Encoding: "chunked"\r\nContent-Length: {size}',
    "chunks with a parameter": "Transfer-Encoding: chunked;q=1\r\nContent-Length: {size}",
    "chunks and a space": "Transfer-Encoding : chunked\r\nContent-Length: {size}",
    "chunks behind a tab": "Transfer-Encoding:\tchunked\r\nContent-Length: {size}",
    "chunks behind a vertical tab": "Transfer-Encoding: \x0bchunked\r\nContent-Length: {size}",
    "chunks before a null": "Transfer-Encoding: chunked\x00\r\nContent-Length: {size}",
    "loud chunks": "TRANSFER-ENCODING: CHUNKED\r\nContent-Length: {size}",
    "chunks in another spelling": "Transfer_Encoding: chunked\r\nContent-Length: {size}",
    "chunks with dots": "Transfer.Encoding: chunked\r\nContent-Length: {size}",
    "chunks in a folded line": "Content-Length: {size}\r\nX: x\r\n Transfer-Encoding: chunked",
    "a folded coding": "Content-Length: {size}\r\nTransfer-Encoding:\r\n chunked",
    "a folded name": "Content-Length: {size}\r\nTransfer-Encoding\r\n : chunked",
    "chunks behind a bare line feed": "Content-Length: {size}\r\nX: x\nTransfer-Encoding: chunked",
    "chunks behind a bare return": "Content-Length: {size}\r\nX: x\rTransfer-Encoding: chunked",
    "a line without a colon": "Content-Length: {size}\r\nTransfer-Encoding",
    "a name that is empty": "Content-Length: {size}\r\n: chunked",
    "what connection takes away": "Connection: Content-Length\r\nContent-Length: {size}",
    "chunks that connection takes away": (
        "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked"
    ),
    "a promise to wait": "Expect: 100-continue\r\nContent-Length: {size}",
    "a promise nobody knows": "Expect: y 100-continue\r\nContent-Length: {size}",
}


@pytest.mark.parametrize("kind", LINES)
def test_two_ways_to_tell_where_a_body_ends(everything: Everything, kind: str) -> None:
    for target in targets(everything):
        hidden = CHUNKS + inner(target)
        head = f"POST {target.path} HTTP/1.1\r\nHost: {target.host}\r\n"
        lines = LINES[kind].format(size=len(hidden))
        raw(everything, f"{head}{lines}\r\n\r\n{hidden}")
        nothing_came_through(everything, target)


BODIES = {
    "a size with a sign": "+0\r\n\r\n{inner}",
    "a negative size": "-1\r\n\r\n{inner}",
    "a size with a prefix": "0x0\r\n\r\n{inner}",
    "a size with an underscore": "1_0\r\n\r\n{inner}",
    "a size beyond all numbers": "10000000000000000\r\nx{inner}",
    "a size and a space": "0 \r\n\r\n{inner}",
    "no size": "\r\n\r\n{inner}",
    "an extension behind a bare line feed": "1;x\n{inner}\r\n0\r\n\r\n",
    "an extension behind a bare return": "1;x\r{inner}\r\n0\r\n\r\n",
    "an extension in quotes": '1;x="\r\n\r\n{inner}"\r\nx\r\n0\r\n\r\n',
    "a chunk that is longer than it says": "1\r\nxyz\r\n0\r\n\r\n{inner}",
    "a chunk that ends with a line feed": "1\r\nx\n0\r\n\r\n{inner}",
    "trailers that are a request": "0\r\n{inner}",
    "trailers behind bare line feeds": "0\n\n{inner}",
    "an end that is cut": "0\r\n{inner}\r\n",
}


@pytest.mark.parametrize("kind", BODIES)
def test_chunks_that_are_none(everything: Everything, kind: str) -> None:
    for target in targets(everything):
        head = f"POST {target.path} HTTP/1.1\r\nHost: {target.host}\r\n"
        body = BODIES[kind].format(inner=inner(target))
        raw(everything, f"{head}Transfer-Encoding: chunked\r\n\r\n{body}")
        nothing_came_through(everything, target)


HEADS = {
    "bare line feeds": "POST {path} HTTP/1.1\nHost: {host}\nContent-Length: {size}\n\n{hidden}",
    "bare returns": "POST {path} HTTP/1.1\rHost: {host}\rContent-Length: {size}\r\r{hidden}",
    "a bare line feed before the body": (
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\n{hidden}"
    ),
    "a space before the first line": (
        "POST {path} HTTP/1.1\r\n Host: {host}\r\nContent-Length: {size}\r\n\r\n{hidden}"
    ),
    "chunks in 1.0": "POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{hidden}",
    "two versions": "POST {path} HTTP/1.1 HTTP/1.1\r\nHost: {host}\r\n\r\n{hidden}",
    "no version": "GET {path}\r\n\r\n{hidden}",
    "a version to come": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}",
    "a request in the target": "GET {path} HTTP/1.1\r\nX:\r\n\r\n{hidden}",
    "a line feed in the target": "GET {path}\n{hidden}",
    "a body on a GET": (
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n{hidden}"
    ),
    "a body on a HEAD": (
        "HEAD {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n{hidden}"
    ),
}


@pytest.mark.parametrize("kind", HEADS)
def test_heads_that_end_somewhere_else(everything: Everything, kind: str) -> None:
    for target in targets(everything):
        hidden = CHUNKS + inner(target)
        told = {"path": target.path, "host": target.host, "size": len(hidden), "hidden": hidden}
        raw(everything, HEADS[kind].format(**told))
        nothing_came_through(everything, target)


HANDSHAKE = (
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Version: {version}\r\n"
)
UPGRADES = {
    "a version nobody speaks": HANDSHAKE.format(version=777) + "Upgrade: websocket",
    "a socket that is declined": HANDSHAKE.format(version=13) + "Upgrade: websocket",
    "two protocols": HANDSHAKE.format(version=13) + "Upgrade: websocket, h2c",
    "another HTTP": (
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"
    ),
    "TLS": "Connection: Upgrade\r\nUpgrade: TLS/1.2",
    "no protocol": "Connection: Upgrade",
    "what nobody is told of": "Upgrade: websocket",
}


@pytest.mark.parametrize("kind", UPGRADES)
def test_an_upgrade_that_is_declined_opens_no_tunnel(everything: Everything, kind: str) -> None:
    """What comes behind it is a request like any other: asked about, and without its claims."""
    for target in targets(everything):
        head = f"GET {target.path} HTTP/1.1\r\nHost: {target.host}\r\n{UPGRADES[kind]}\r\n\r\n"
        told = raw(everything, head + inner(target) + inner(target, "/team/page"))
        assert b" 101 " not in told
        assert b'"name": "team"' not in told
        nothing_came_through(everything, target)


INSIDE = "X-Forwarded-For: 6.6.6.6\r\nRemote-User: root\r\n"
BY_HTTP_2: dict[str, dict[str, str]] = {
    "chunks": {"transfer-encoding": "chunked"},
    "chunks behind a line": {"x": "x\r\nTransfer-Encoding: chunked"},
    "chunks behind a line feed": {"x": "x\ntransfer-encoding: chunked"},
    "no length": {"content-length": "0"},
    "a short length": {"content-length": "5"},
    "a signed length": {"content-length": "+5"},
    "a length behind a line": {"x": "x\r\nContent-Length: 5"},
    "a claim behind a line": {"x": "x\r\n" + INSIDE},
    "a claim behind a return": {"x": "x\r" + INSIDE},
    "a claim in a name": {"x: x\r\nX-Forwarded-For": MARK},
    "a name with a colon": {"x-forwarded-for: 6.6.6.6\r\nx": "x"},
    "a loud name": {"X-Forwarded-For": MARK},
    "a request in the path": {":path": "{path} HTTP/1.1\r\n" + INSIDE + "\r\nGET {path}"},
    "a space in the path": {":path": "{path} HTTP/1.1"},
    "a request in the method": {":method": "GET {path} HTTP/1.1\r\n" + INSIDE + "\r\nGET"},
    "a request in the host": {":authority": "{host}\r\n" + INSIDE},
    "a claim in the scheme": {":scheme": "http\r\n" + INSIDE},
    "a scheme that is an address": {":scheme": "http://{host}/team/page?"},
    "an upgrade": {"connection": "upgrade", "upgrade": "websocket"},
    "another protocol": {":method": "CONNECT", ":protocol": "websocket"},
}


@pytest.mark.parametrize("kind", BY_HTTP_2)
def test_what_http_2_carries_is_no_line_of_http_1(everything: Everything, kind: str) -> None:
    for target in targets(everything):
        plain = {":method": "POST", ":scheme": "http", ":authority": target.host}
        places = {"path": target.path, "host": target.host}
        bent = {name: value.format(**places) for name, value in BY_HTTP_2[kind].items()}
        told = {**plain, ":path": target.path, **bent}
        head = b"".join(http2.field(name, value) for name, value in told.items())
        hidden = (CHUNKS + inner(target)).encode()
        honest = http2.request(everything.front.local_host, "/-/healthz")
        with http2.connect(everything.front.proxy.local) as connection:
            connection.sendall(
                http2.frame(http2.HEADERS, http2.END_HEADERS, 1, head)
                + http2.frame(http2.DATA, http2.END_STREAM, 1, hidden)
                + http2.frame(http2.HEADERS, http2.END_HEADERS | http2.END_STREAM, 3, honest)
            )
            assert b'"name": "team"' not in http2.until_over(connection, {1, 3})
        nothing_came_through(everything, target)


def test_an_app_opens_no_tunnel_that_nobody_asked_for(everything: Everything) -> None:
    """Through one, the next visitor's request would go to whoever wrote the app."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        switching = threading.Thread(target=_switch, args=(listener,), daemon=True)
        switching.start()
        hostile = f"http://127.0.0.1:{listener.getsockname()[1]}"
        everything.front.proxy.apply(everything.routes(behind=hostile))
        try:
            answer = everything.front.ask("/behind/")
            switching.join(30)
            assert not switching.is_alive()
            assert answer.status_code >= 500
        finally:
            everything.front.proxy.apply(everything.routes())


def _switch(listener: socket.socket) -> None:
    """Answers everybody with another protocol."""
    connection, _ = listener.accept()
    with connection:
        while b"\r\n\r\n" not in connection.recv(65536, socket.MSG_PEEK):
            pass
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


def test_what_is_well_formed_does_come_through(everything: Everything) -> None:
    """Without this, what is above would prove nothing."""
    for target in targets(everything):
        BEHIND.heads.clear()
        head = f"POST {target.path} HTTP/1.1\r\nHost: {target.host}\r\n"
        told = raw(everything, f"{head}Transfer-Encoding: chunked\r\n\r\n{CHUNKS}{inner(target)}")
        assert told.count(target.honest.encode()) == 2, told
        assert len(BEHIND.heads) == (0 if target.honest == "ok" else 2)
        flags = http2.END_HEADERS | http2.END_STREAM
        head = http2.request(target.host, target.path)
        with http2.connect(everything.front.proxy.local) as connection:
            connection.sendall(http2.frame(http2.HEADERS, flags, 1, head))
            assert target.honest.encode() in http2.until_over(connection, {1})
        nothing_came_through(everything, target)
