"""What strangers send to our own pages is small and comes at once, or is not waited for.

Uploads to apps may take hours, and pass by here. A form takes a moment: whoever begins thousands
and finishes none would otherwise hold all connections that this process may have, and nobody could
be asked whether others may pass.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 256 * 1024
"""Bytes; of forms less is taken (`appliance.auth.browsers.bodies`)."""
_SECONDS = 20.0
_AT_ONCE = 500
"""Requests with a body; what only asks for a page is not counted."""
_CLOSE = (b"connection", b"close")
_FULL = JSONResponse(
    {"detail": "Too much is sent here at once. Try again in a few seconds."},
    503,
    {"Retry-After": "5", "Connection": "close"},
)


class BoundedBodies:
    """Whoever reads a body that is none gets `HTTPException`, 413 or 408."""

    def __init__(self, app: ASGIApp, seconds: float = _SECONDS, at_once: int = _AT_ONCE) -> None:
        self._app = app
        self._seconds = seconds
        self._at_once = at_once
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
        elif self._now >= self._at_once:
            await _FULL(scope, receive, send)
        else:
            self._now += 1
            try:
                await self._bounded(scope, receive, send)
            finally:
                self._now -= 1

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, asyncio.get_running_loop().time() + self._seconds)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.whole:
                # What is left of it is not for the next request to wait for.
                message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
            await send(message)

        await self._app(scope, body.receive, answer)


class _Body:
    def __init__(self, receive: Receive, until: float) -> None:
        self._receive = receive
        self._until = until
        self._bytes = 0
        self.whole = False

    async def receive(self) -> Message:
        if self.whole:
            # Now it is told when the visitor goes away, which may be in hours.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The request did not come to its end.") from None
        self._bytes += len(message.get("body", b""))
        if self._bytes > LARGEST:
            raise HTTPException(413, "The request is too large.")
        self.whole = not message.get("more_body", False)
        return message


def _has_body(scope: Scope) -> bool:
    told = dict(scope["headers"])
    return told.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in told
