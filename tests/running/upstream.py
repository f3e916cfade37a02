"""A back end that tells what reached it and answers as slowly as it is told."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.running.process import free_port
from tests.running.traefik import until


class Upstream:
    """Each answer is JSON: name, method, path and headers as they arrived.

    `/events` sends one event and the next when `go` is set; `/upload` counts body bytes as they
    come; `/fail` answers with the status of the query.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{free_port()}"
        self.go = threading.Event()
        self.received = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path.endswith("/events"):
            await self._events(send)
        elif path.endswith("/upload"):
            await self._upload(receive, send)
        elif path.endswith("/fail"):
            await _answer(send, int(scope["query_string"]), {"own": True})
        else:
            await _answer(send, 200, self._seen(scope))

    def _seen(self, scope: dict[str, Any]) -> dict[str, Any]:
        headers = [(key.decode(), value.decode("latin-1")) for key, value in scope["headers"]]
        return {
            "name": self.name,
            "method": scope["method"],
            "path": scope["path"],
            "raw_path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": headers,
        }

    async def _events(self, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        more = {"type": "http.response.body", "more_body": True}
        await send({**more, "body": b"data: first\n\n"})
        await asyncio.to_thread(self.go.wait, 20)
        await send({**more, "body": b"data: second\n\n", "more_body": False})

    async def _upload(self, receive: Any, send: Any) -> None:
        self.received = 0
        while (message := await receive()).get("type") == "http.request":
            self.received += len(message["body"])
            if not message.get("more_body"):
                break
        await _answer(send, 200, {"received": self.received})


async def _answer(send: Any, status: int, body: object) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@contextmanager
def serving(app: Any, url: str) -> Iterator[None]:
    """An ASGI app on a thread of its own."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    with threaded(app, host=host, port=int(port), log_level="error", lifespan="off", ws="none"):
        yield


@contextmanager
def threaded(app: Any, **config: Any) -> Iterator[None]:
    """The same, as Uvicorn is told to serve it."""
    # Whoever is still being answered at the end, as after a test that failed, is not waited for.
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=30, **config))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive())
    assert server.started, "its port is taken"
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
