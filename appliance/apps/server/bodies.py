"""Limits on request bodies, enforced while they stream in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .headers import RawHeaders, first
from .storage import Usage

UPLOAD = ("/gradio_api/upload", "/gradio_api/upload/")


@dataclass(frozen=True)
class Refusal:
    """Why a body is not taken."""

    status: int
    text: str

    def response(self, path: str) -> Response:
        """Plain text on the upload route, where Gradio's clients show the text as it is."""
        if path.endswith(UPLOAD):
            return PlainTextResponse(self.text, self.status)
        return JSONResponse({"error": self.text, "detail": self.text}, self.status)


class BodyRefusedError(Exception):
    """Raised into the app when the rest of a body is not taken."""


def declared_length(headers: RawHeaders) -> int | None:
    """Bytes the body will have: None if unknown, 0 if there is none."""
    length = first(headers, b"content-length")
    if length is not None and length.isdigit():
        return int(length)
    return None if first(headers, b"transfer-encoding") is not None else 0


def too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request is larger than this app accepts ({readable(limit)}).")


DISK_FULL = Refusal(
    507,
    "This app has reached its disk limit and takes no more data. Try again later, or ask its "
    "operator to raise limits.disk or shorten cache.temp.keep.",
)


def readable(size: int) -> str:
    """`5 MB`, in the units of the YAML and of Gradio: multiples of 1024."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:.4g} TB"


class BodyLimits:
    """Refuses bodies that are too large (413) or have no room on the disk (507).

    `limit` is for a whole body. On Gradio's upload route it is for each file, as Gradio itself
    counts it, so that several files may be sent at once.
    """

    def __init__(
        self, app: ASGIApp, limit: int | None, usage: Usage, uploads: frozenset[str]
    ) -> None:
        self.app = app
        self.limit = limit
        self.usage = usage
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = declared_length(scope["headers"])
        if length == 0:
            await self.app(scope, receive, send)
            return
        limit = None if scope["path"] in self.uploads else self.limit
        refusal = self._refusal(length or 0, limit, new=length or 0)
        if refusal is not None:
            await refusal.response(scope["path"])(scope, receive, send)
            return
        await _Exchange(self.app, scope, receive, send, self._counting(limit)).run()

    def _refusal(self, size: int, limit: int | None, *, new: int) -> Refusal | None:
        if limit is not None and size > limit:
            return too_large(limit)
        return DISK_FULL if self.usage.is_full(new) else None

    def _counting(self, limit: int | None) -> Callable[[int], Refusal | None]:
        taken = 0

        def count(size: int) -> Refusal | None:
            nonlocal taken
            taken += size
            self.usage.add(size)
            return self._refusal(taken, limit, new=0)

        return count


@dataclass
class _Exchange:
    """One request whose body is watched."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    count: Callable[[int], Refusal | None]
    refusal: Refusal | None = None
    answered: bool = False

    async def run(self) -> None:
        with suppress(BodyRefusedError):
            await self.app(self.scope, self._receive, self._send)
        if self.refusal is not None and not self.answered:
            response = self.refusal.response(self.scope["path"])
            await response(self.scope, self.receive, self.send)

    async def _receive(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.refusal = self.refusal or self.count(len(message.get("body", b"")))
        if self.refusal is not None:
            raise BodyRefusedError(self.refusal.text)
        return message

    async def _send(self, message: Message) -> None:
        if self.refusal is not None and not self.answered:
            return  # the app's own words for a body that broke off
        self.answered = True
        await self.send(message)
