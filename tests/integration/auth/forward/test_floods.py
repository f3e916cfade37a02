"""Strangers who send a lot and take little, to a real Traefik: visitors notice nothing.

Bounded is what one connection may have at once and how long a head may be. How many connections
one address has is for the machine's firewall to say (docs/security.md).
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from appliance.config.schema import Config
from appliance.web.bounded import LARGEST
from tests.integration.auth.conftest import APPS, Front, running
from tests.running import http2
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

MOST = 64 << 20
"""Bytes that a stranger sends before he is believed to be let go on for ever."""
STREAMS = 250
"""That one connection may have at once, as Traefik is told."""


class Slow(Upstream):
    """Counts how many it serves at once; `/wait` takes until the test has seen enough."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.now = self.most = 0
        self.enough = False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if scope["path"].endswith("/wait") and not self.enough:
                await receive()
                await receive()  # until the visitor has gone
            else:
                await super().__call__(scope, receive, send)
        finally:
            self.now -= 1


SLOW = Slow()


@pytest.fixture
def local(front: Front) -> Iterator[Front]:
    apps = {**APPS, "slow": {"source": "x", "access": "public"}}
    with serving(SLOW, SLOW.url):
        front.serve(Config.model_validate({"auth": {}, "apps": apps}), running(("slow", SLOW.url)))
        yield front


class Flood:
    """Sends until it is stopped or the other side has had enough."""

    def __init__(self, connection: socket.socket, pieces: Iterator[bytes], *, deaf: bool) -> None:
        self.sent = 0
        self.ended = False
        """By the other side."""
        self._connection, self._pieces = connection, pieces
        self._stop = threading.Event()
        self._sending = threading.Thread(target=self._send, daemon=True)
        self._sending.start()
        if not deaf:
            threading.Thread(target=self._drain, daemon=True).start()

    def _send(self) -> None:
        try:
            for piece in self._pieces:
                if self._stop.is_set():
                    return
                self._connection.sendall(piece)
                self.sent += len(piece)
        except OSError:
            self.ended = True

    def _drain(self) -> None:
        with suppress(OSError):
            while self._connection.recv(65536):
                pass

    def stop(self) -> None:
        self._stop.set()
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._sending.join(30)
        self._connection.close()


@contextmanager
def flood(url: str, pieces: Iterator[bytes], *, deaf: bool = False) -> Iterator[Flood]:
    flooding = Flood(http2.connect(url), pieces, deaf=deaf)
    try:
        yield flooding
    finally:
        flooding.stop()


def well_served(front: Front) -> None:
    """Somebody who comes meanwhile, with new connections, signed in and not."""
    for _ in range(5):
        assert front.ask("/open/").status_code == 200
        assert front.ask("/team/", headers=front.session()).status_code == 200


def resets(authority: str) -> Iterator[bytes]:
    """Requests that are taken back at once; each costs the one who answers more than who asks."""
    head = http2.request(authority, "/slow/wait")
    for first in range(1, 1 << 30, 200):
        batch = bytearray()
        for stream in range(first, first + 200, 2):
            flags = http2.END_HEADERS | http2.END_STREAM
            batch += http2.frame(http2.HEADERS, flags, stream, head)
            batch += http2.frame(http2.RST_STREAM, 0, stream, (8).to_bytes(4, "big"))
        yield bytes(batch)


def test_rapid_resets_bring_an_app_no_more_than_one_visitor_may(local: Front) -> None:
    """[CVE-2023-44487]."""
    SLOW.most = 0
    with flood(local.proxy.local, resets(local.local_host)) as flooding:
        # Some twelve thousand requests.
        until(lambda: flooding.ended or flooding.sent > 1 << 20)
        well_served(local)
        # The app hears a little late who has gone.
        assert SLOW.most <= 4 * STREAMS
    until(lambda: SLOW.now == 0)


def test_requests_beyond_what_one_visitor_may_are_refused(local: Front) -> None:
    head = http2.request(local.local_host, "/slow/wait")
    flags = http2.END_HEADERS | http2.END_STREAM
    asked = (http2.frame(http2.HEADERS, flags, 2 * n + 1, head) for n in range(4 * STREAMS))
    SLOW.most = 0
    with flood(local.proxy.local, asked):
        until(lambda: SLOW.now >= STREAMS)
        well_served(local)
        assert SLOW.most <= STREAMS + 10
    until(lambda: SLOW.now == 0)


def endless_head(authority: str) -> Iterator[bytes]:
    """Headers that never end."""
    yield http2.frame(http2.HEADERS, 0, 1, http2.request(authority, "/open/"))
    filling = b"".join(http2.field(f"x-{n}", "y" * 100) for n in range(140))
    while True:
        yield http2.frame(http2.CONTINUATION, 0, 1, filling)


def empty_heads(authority: str) -> Iterator[bytes]:
    """Without a byte that a limit of bytes would count."""
    yield http2.frame(http2.HEADERS, 0, 1, http2.request(authority, "/open/"))
    while True:
        yield http2.frame(http2.CONTINUATION, 0, 1) * 1000


def answers_nobody_reads(_: str) -> Iterator[bytes]:
    while True:
        yield http2.frame(http2.PING, 0, 0, b"x" * 8) * 1000


@pytest.mark.parametrize("kind", [endless_head, answers_nobody_reads])
def test_a_connection_that_never_asks_is_ended(local: Front, kind: Any) -> None:
    """[CVE-2023-45288, CVE-2019-9512]."""
    with flood(local.proxy.local, kind(local.local_host), deaf=True) as flooding:
        until(lambda: flooding.ended or flooding.sent > MOST)
        assert flooding.sent <= MOST
        well_served(local)


def test_frames_with_nothing_in_them_keep_nobody_waiting(local: Front) -> None:
    """They count for no limit of bytes, and cost as much as they are long."""
    with flood(local.proxy.local, empty_heads(local.local_host)) as flooding:
        until(lambda: flooding.ended or flooding.sent > 1 << 20)
        well_served(local)


def test_who_shows_no_token_sends_the_api_no_giant(local: Front) -> None:
    """What it is sent it reads before it knows from whom."""
    headers = {"Content-Type": "application/json"}
    for content, status in ((bytes(LARGEST + 1), 413), (b"{}", 401)):
        answer = local.ask("/-/api/v1/tokens", "POST", headers=headers, content=content)
        assert answer.status_code == status


SLOWLY = {
    "nothing": b"",
    "half a head": b"GET /open/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "half a body": b"POST /open/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nx",
    "half a handshake": b"\x16\x03\x01\x02\x00\x01\x00",
    "half a preface": http2.PREFACE[:20],
}


@pytest.mark.parametrize("kind", SLOWLY)
def test_hundreds_who_never_finish_keep_nobody_waiting(local: Front, kind: str) -> None:
    """On each port: one that waits costs the proxy memory, but no place that others need."""
    urls = (local.proxy.local, local.proxy.http, local.proxy.https)
    with ExitStack() as stack:
        for number in range(300):
            parts = urlsplit(urls[number % 3])
            address = (parts.hostname or "", parts.port or 0)
            connection = stack.enter_context(socket.create_connection(address, 30))
            connection.sendall(SLOWLY[kind])
        well_served(local)
