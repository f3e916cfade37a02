"""A web app of the usual kind, that does all a shared app may do."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

NOISE = hashlib.shake_128(b"noise").digest(1 << 20)
"""One MiB that does not compress."""


class App:
    """Each of its events is set by the app or by a test."""

    def __init__(self, folder: Path) -> None:
        self.go = threading.Event()
        self.left = threading.Event()
        self.begun = threading.Event()
        self.calls = 0
        self.file = folder / "noise.bin"
        self.file.write_bytes(NOISE)
        self.asgi = Starlette(
            routes=[
                Route("/seen", self.seen, methods=["GET", "POST"]),
                Route("/events", self.events),
                Route("/digest", self.digest, methods=["POST", "PUT"]),
                Route("/noise/{mebibytes:int}", self.noise),
                Route("/file", self.serve_file),
                Route("/early", self.early, methods=["POST"]),
                Route("/endless", self.endless),
                Route("/broken", self.broken),
                WebSocketRoute("/echo", self.echo),
            ]
        )

    async def seen(self, request: Request) -> Response:
        self.calls += 1
        return JSONResponse(
            {
                "client": request.client.host if request.client else None,
                "url": str(request.url),
                "headers": dict(request.headers),
            }
        )

    async def events(self, _request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            yield b"data: first\n\n"
            await asyncio.to_thread(self.go.wait, 60)
            yield b"data: second\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def digest(self, request: Request) -> Response:
        digest, size = hashlib.sha256(), 0
        async for piece in request.stream():
            digest.update(piece)
            size += len(piece)
        return JSONResponse({"digest": digest.hexdigest(), "size": size})

    async def noise(self, request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            for _ in range(request.path_params["mebibytes"]):
                yield NOISE

        return StreamingResponse(stream())

    async def serve_file(self, _request: Request) -> Response:
        return FileResponse(self.file)

    async def early(self, _request: Request) -> Response:
        return Response("too large", 413)

    async def endless(self, _request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"data: more\n\n"
                    self.begun.set()
                    await asyncio.sleep(0.05)
            finally:
                self.left.set()

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def broken(self, _request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            yield b"half of it"
            raise ConnectionResetError

        return StreamingResponse(stream(), headers={"Content-Length": "1000"})

    async def echo(self, socket: WebSocket) -> None:
        await socket.accept(subprotocol="echo")
        async for message in socket.iter_bytes():
            await socket.send_bytes(message)
