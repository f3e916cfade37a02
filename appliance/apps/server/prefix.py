"""Serves an app below a path of a host it shares with others. The proxy strips nothing."""

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Prefix:
    """Hands on what lies below `path` and keeps the app's redirects below it."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app = app
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(self.path + "/"):
            scope["root_path"] = self.path
            await self.app(scope, receive, self._redirecting(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif path == self.path:
            query = scope["query_string"].decode("latin-1")
            target = f"{self.path}/?{query}" if query else f"{self.path}/"
            await RedirectResponse(target)(scope, receive, send)
        else:
            await PlainTextResponse(f"Not found: this app lives at {self.path}/\n", 404)(
                scope, receive, send
            )

    def _redirecting(self, send: Send) -> Send:
        async def redirecting(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                message["headers"] = [
                    (name, self._below(value) if name.lower() == b"location" else value)
                    for name, value in message.get("headers", ())
                ]
            await send(message)

        return redirecting

    def _below(self, location: bytes) -> bytes:
        """Scripts that know nothing of the path redirect to `/somewhere`."""
        path = self.path.encode()
        if not location.startswith(b"/") or location.startswith((b"//", path + b"/")):
            return location
        return location if location == path else path + location
