"""The first layer: decides what a request may claim before anything else sees it."""

from contextvars import ContextVar

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .addresses import networks, public_address, visit
from .headers import cleaned, was_forwarded
from .identity import DIRECT, LOOPBACK_HEADER
from .settings import Settings

visited_host: ContextVar[str] = ContextVar("visited_host", default="")
"""Public host of the request being answered."""

MISDIRECTED = (
    "This app runs in local mode and answers at localhost only. "
    "Open it at http://localhost or through an SSH port-forward, or give the appliance a domain.\n"
)


class Gate:
    """Gives the request its visitor's address, scheme and host and drops every other claim."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.trusted = networks(settings.trusted_proxies)
        self.public = public_address(settings.root)
        self.default_host = f"localhost:{settings.listen_port}"
        # The identity layer verifies these two and takes them out.
        own = (settings.identity.header, LOOPBACK_HEADER)
        self.kept = frozenset(name.lower().encode("latin-1") for name in own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        peer = scope.get("client")
        seen = visit(
            scope["headers"],
            peer[0] if peer else None,
            self.trusted,
            self.public,
            self.default_host,
        )
        if seen is None:
            if scope["type"] == "http":
                await PlainTextResponse(MISDIRECTED, 421)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        scope[DIRECT] = not was_forwarded(scope["headers"])
        if seen.client is not None:
            scope["client"] = (seen.client, 0)
        if scope["type"] == "websocket":
            scope["scheme"] = "wss" if seen.scheme == "https" else "ws"
        else:
            scope["scheme"] = seen.scheme
        scope["headers"] = cleaned(scope["headers"], seen.host.encode("latin-1"), self.kept)
        visited_host.set(seen.host)
        await self.app(scope, receive, send)
