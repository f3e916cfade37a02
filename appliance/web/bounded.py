"""What strangers send to our own pages is small and comes at once, or is not waited for.

Uploads to apps may take hours, and pass by here. A form takes a moment: whoever begins thousands
and finishes none would otherwise hold all connections that this process may have, and nobody could
be asked whether others may pass.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 256 * 1024
"""Bytes; of forms less is taken (`appliance.auth.browsers.bodies`)."""
_SECONDS = 20.0
_CLOSE = (b"connection", b"close")


class BoundedBodies:
    """Whoever reads a body that is none gets `HTTPException`, 413 or 408."""

    def __init__(self, app: ASGIApp, seconds: float = _SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        until = asyncio.get_running_loop().time() + self._seconds
        body = _Body(receive, until, whole=not _has_body(scope))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.whole:
                # What is left of it is not for the next request to wait for.
                message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
            await send(message)

        await self._app(scope, body.receive, answer)


class _Body:
    def __init__(self, receive: Receive, until: float, *, whole: bool) -> None:
        self._receive = receive
        self._until = until
        self._bytes = 0
        self.whole = whole

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
