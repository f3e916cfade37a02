"""The outermost layer: answers health checks and knows what is in flight."""

import asyncio
import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .headers import was_forwarded
from .visiting import Visits, asks

_STREAM_ENDINGS = ("/queue/data", "/queue/data/")
_CONNECTION_MARK = "/gradio_api/heartbeat/"


@dataclass
class InFlight:
    """What the server is busy with. The counts are of requests."""

    active: int = 0
    """Ordinary requests."""
    streams: int = 0
    """Event streams that carry results; open while a prediction waits or runs."""
    connected: int = 0
    """Heartbeats and WebSockets: open as long as a page is."""

    @property
    def busy(self) -> bool:
        return self.active > 0 or self.streams > 0

    async def settle(self, within: float) -> None:
        """Waits until nobody awaits an answer any more, at most `within` seconds."""
        deadline = time.monotonic() + within
        # Polled: an event would cost every request, and this runs once in a process.
        while self.busy and time.monotonic() < deadline:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)


@dataclass
class Readiness:
    """Whether the app has rendered its configuration once."""

    ready: bool = False
    reason: str = "the app is loading"
    in_flight: InFlight = field(default_factory=InFlight)


def kind_of(scope: Scope) -> str:
    """The field of `InFlight` that counts this request."""
    if scope["type"] == "websocket" or _CONNECTION_MARK in scope["path"]:
        return "connected"
    return "streams" if scope["path"].endswith(_STREAM_ENDINGS) else "active"


class Health:
    """`/healthz` and `/readyz` for whoever asks directly, `/visitz` for the app host.

    Proxied requests go to the app.
    """

    def __init__(self, app: ASGIApp, readiness: Readiness, visits: Visits) -> None:
        self.app = app
        self.readiness = readiness
        self.visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["path"] in ("/healthz", "/readyz") and self._asked_directly(scope):
            await self._answer(scope["path"])(scope, receive, send)
            return
        if asks(scope) and not was_forwarded(scope["headers"]):
            answer = await self.visits.tell(Request(scope, receive))
            await answer(scope, receive, send)
            return
        counts, kind = self.readiness.in_flight, kind_of(scope)
        setattr(counts, kind, getattr(counts, kind) + 1)
        try:
            await self.app(scope, receive, send)
        finally:
            setattr(counts, kind, getattr(counts, kind) - 1)

    @staticmethod
    def _asked_directly(scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] in ("GET", "HEAD")
            and not was_forwarded(scope["headers"])
        )

    def _answer(self, path: str) -> JSONResponse:
        if path == "/healthz":
            return JSONResponse({"status": "live"})
        now = self.readiness
        body: dict[str, object] = {
            "status": "ready" if now.ready else "starting",
            "active": now.in_flight.active,
            "streams": now.in_flight.streams,
            "connected": now.in_flight.connected,
        }
        if not now.ready:
            body["reason"] = now.reason
        return JSONResponse(body, 200 if now.ready else 503)
