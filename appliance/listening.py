"""Servers of one process, the sockets they listen on, and how they are told to end."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT = "abort"
"""An extension of the scope of a request: ends its connection at once, whatever is unread."""


class Connection(HttpToolsProtocol):
    """Offers `ABORT`, made once: some connections carry thousands of requests a second."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._extensions: dict[str, dict[object, object]] = {ABORT: {"call": transport.abort}}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions


class Server(uvicorn.Server):
    """One of several things in a process, which handles signals itself."""

    def __init__(self, app: ASGIApp, listener: socket.socket, *, patience: int = 2) -> None:
        """`patience`: seconds in which requests under way may end when it does."""
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # Traefik is the only peer and says who the visitor is; nobody here asks.
                proxy_headers=False,
                # Longer than Traefik keeps an idle connection.
                timeout_keep_alive=30,
                timeout_graceful_shutdown=patience,
            )
        )
        self._listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._listener])


def tcp(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def unix(path: Path) -> socket.socket:
    """Owner and group may speak; a socket left by an earlier run is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    # Changed afterwards, it would be open to others for a moment.
    previous = os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen()
    return listener


def told_to_end() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def first(told: asyncio.Event, *serving: asyncio.Task[None]) -> None:
    """Until the process is told to end, or a server ends by itself."""
    asked = asyncio.create_task(told.wait())
    await asyncio.wait({asked, *serving}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
