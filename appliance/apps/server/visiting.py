"""The layer that counts visits: behind the gate, so that who comes is known."""

import hmac
import json
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import counting
from .counting import Counting, Counts, Hour
from .identity import DIRECT

PATH = "/visitz"
_LARGEST = 4096
"""Bytes of what the app host says."""


class Visits:
    """What is counted of the one app of this process, and told to the app host."""

    def __init__(self, key: str) -> None:
        self.counting = Counting()
        self.counts = Counts()
        self._key = f"Bearer {key}".encode() if key else b""

    async def tell(self, request: Request) -> Response:
        """Answer the app host, which says how to count in the same breath."""
        shown = request.headers.get("authorization", "").encode("latin-1")
        if not self._key or not hmac.compare_digest(shown, self._key):
            return PlainTextResponse("Only the app host may ask.\n", 403)
        try:
            self.counting.follow(json.loads(await _body(request))["salts"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return PlainTextResponse("Not understood.\n", 400)
        if self.counting.salts is None:
            self.counts = Counts()
        return JSONResponse({"source": self.counting.source, **self.counts.document()})


class Counted:
    """Counts what passes through; what comes past the proxy is nobody's visit."""

    def __init__(self, app: ASGIApp, visits: Visits) -> None:
        self.app = app
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        salts = self.visits.counting.salts
        if salts is None or scope["type"] == "lifespan" or scope.get(DIRECT):
            await self.app(scope, receive, send)
            return
        what = counting.meaning(scope.get("method", "GET"), scope["path"])
        agent, host = _said(scope, what)
        peer = scope["client"]
        hour = self.visits.counts.came(salts, peer[0].encode() if peer else b"", agent, what)
        if host is not None:
            counting.came_from(hour, host)
        passing = _Passing(hour, receive, send)
        try:
            await self.app(scope, passing.receive, passing.send)
        finally:
            passing.over(what)


class _Passing:
    """One request, its answer, and how long both take."""

    __slots__ = ("_began", "_hour", "_receive", "_send", "_status")

    def __init__(self, hour: Hour, receive: Receive, send: Send) -> None:
        self._hour, self._receive, self._send = hour, receive, send
        self._began = time.perf_counter()
        self._status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._hour.received += len(message.get("body") or message.get("bytes") or b"")
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.body":
            self._hour.sent += len(message.get("body", b""))
        elif kind == "http.response.start":
            self._begins(message["status"])
        elif kind == "websocket.accept":
            self._begins(101)
        elif kind == "websocket.send":
            self._hour.sent += len(message.get("bytes") or message.get("text") or "")
        await self._send(message)

    def over(self, what: int) -> None:
        if self._status == 0:
            self._hour.failed += 1
        elif what in (counting.AWAITED, counting.CALLED) and self._status < 400:
            self._hour.durations[counting.bucket(time.perf_counter() - self._began)] += 1

    def _begins(self, status: int) -> None:
        self._status = status
        counting.answered(self._hour, status, time.perf_counter() - self._began)


def _said(scope: Scope, what: int) -> tuple[bytes, str | None]:
    """User-Agent, and the site a page was opened from."""
    agent = referer = own = b""
    page = scope["path"].endswith("/config")
    for name, value in scope["headers"]:
        if name == b"user-agent":
            agent = value
        elif name == b"referer":
            referer = value
        elif name == b"host":
            own = value
        elif name == b"accept":
            page = page or b"text/html" in value
    if not referer or not page or what:
        return agent, None
    return agent, counting.referrer(referer, own)


async def _body(request: Request) -> bytes:
    found = b""
    async for piece in request.stream():
        found += piece
        if len(found) > _LARGEST:
            raise ValueError("too long")
    return found


def asks(scope: Scope) -> bool:
    """Whether this may be the app host; who comes through a proxy is not."""
    return bool(scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH)
