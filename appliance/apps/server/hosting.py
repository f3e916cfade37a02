"""One process serves one app: this knows which, and how uvicorn runs it."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Iterable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from . import mounting
from .health import Readiness
from .identity import new_secret
from .layers import layered
from .replacing import replace
from .settings import Settings
from .storage import Usage
from .visiting import Visits
from .warming import warm_up

GRACE = 25
"""Seconds that requests in flight get after SIGTERM."""
_HEADS = 64 * 1024
_KEEP_ALIVE = 130
"""Longer than Traefik keeps an idle connection (90 s): it must never reuse a closed one."""


class Hosting:
    """The place the script's app takes: one address, one server at a time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.readiness = Readiness()
        self.usage = Usage(settings.storage)
        self.secret = new_secret()
        self.visits = Visits(settings.host_word)
        self.apps: list[Any] = []
        self.server: uvicorn.Server | None = None
        self.thread: threading.Thread | None = None
        self.served = False
        self.stop_requested = False
        self.warm_path: str | None = None

    @property
    def taken(self) -> bool:
        return self.server is not None

    @property
    def origin(self) -> str:
        """Where this process reaches itself, without a path."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 - names it
        host = self.settings.listen_host
        plain = everywhere.get(host) or (f"[{host}]" if ":" in host else host)
        return f"http://{plain}:{self.settings.listen_port}"

    @property
    def prefix(self) -> str:
        return self.settings.path.rstrip("/")

    def files_in_use(self) -> Iterable[str]:
        """Files in `temp` that the pages themselves need."""
        return mounting.files_in_use(self.apps)

    def options(self) -> dict[str, Any]:
        """What uvicorn is told, whoever starts it."""
        return {
            "host": self.settings.listen_host,
            "port": self.settings.listen_port,
            "uds": None,
            "fd": None,
            "root_path": "",
            "proxy_headers": False,
            "server_header": False,
            "access_log": False,
            "ssl_keyfile": None,
            "ssl_certfile": None,
            "timeout_keep_alive": _KEEP_ALIVE,
            "timeout_graceful_shutdown": GRACE + 5,
            "h11_max_incomplete_event_size": _HEADS,
        }

    def take(self, app: Any) -> ASGIApp:
        """Makes `app` the one that visitors get; returns it in all its layers."""
        if hasattr(app, "root_path"):
            app.root_path = ""
        found = list(mounting.gradio_apps(app, self.prefix))
        for path, gradio_app in found:
            mounting.place(path, gradio_app, self.origin, self.secret)
        self.apps = [gradio_app for _, gradio_app in found]
        paths = [path for path, _ in found]
        self.warm_path = f"{paths[0]}/config" if paths else None
        return layered(app, self, paths)

    def attend(self, server: uvicorn.Server) -> None:
        """Makes `server` the one that is watched, drained and stopped."""
        self.server = server
        self.served = True
        self.thread = threading.current_thread()
        replace(
            server,
            startup=functools.partial(self._startup, server.startup),
            shutdown=functools.partial(self._shutdown, server.shutdown),
            # Signals are `stopping`'s: uvicorn would end the process before the script cleans up.
            capture_signals=contextlib.nullcontext,
        )

    async def _startup(self, startup: Any, sockets: Any = None) -> None:
        await startup(sockets=sockets)
        if self.server is None or not self.server.started:
            return
        announce = f"Serving {self.settings.app} on {self.origin}{self.settings.path}"
        print(announce, flush=True)  # noqa: T201 - the app's log is its output
        arguments = (self.origin, self.warm_path, self.secret, self.readiness)
        threading.Thread(target=warm_up, args=arguments, name="warm-up", daemon=True).start()

    def leave(self) -> None:
        """The server has ended; another may take the place."""
        self.server = None
        self.readiness.ready = False
        self.readiness.reason = "the app has stopped serving"

    async def _shutdown(self, shutdown: Any, sockets: Any = None) -> None:
        ending = asyncio.create_task(self._end_heartbeats())
        await shutdown(sockets=sockets)
        ending.cancel()

    async def _end_heartbeats(self) -> None:
        """Heartbeats never end by themselves, and uvicorn waits for every connection."""
        await self.readiness.in_flight.settle(GRACE)
        for app in self.apps:
            app.stop_event.set()
