"""An app host that runs nothing and says what the test wants it to say."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from appliance.apps.model import AppStatus, Desired, HostStatus
from tests.running import statuses
from tests.running.traefik import until


class FakeAppHost:
    """Speaks the API of docs/architecture.md."""

    def __init__(self) -> None:
        self.desired: list[Desired] = []
        self.routed: list[tuple[str, list[str], list[str]]] = []
        """App, instances, and the servers Traefik had for it in that moment."""
        self.servers_of = lambda _app: []
        self.status = statuses.host(version=1)
        self.closing = False

    def say(self, *apps: AppStatus) -> None:
        self.status = statuses.host(*apps, version=self.status.version + 1)

    def app(self) -> FastAPI:
        api = FastAPI()

        @api.put("/apps")
        async def want(desired: Desired) -> HostStatus:
            self.desired.append(desired)
            return self.status

        @api.get("/apps")
        async def status(after: int, timeout: float = 25) -> HostStatus:  # noqa: ASYNC109 - the API's word
            for _ in range(int(timeout / 0.02)):
                if self.status.version > after or self.closing:
                    break
                await asyncio.sleep(0.02)
            return self.status

        @api.post("/apps/{name}/routed")
        async def routed(name: str, request: Request) -> dict[str, Any]:
            instances = (await request.json())["instances"]
            servers = await asyncio.to_thread(self.servers_of, name)
            self.routed.append((name, instances, servers))
            return {}

        return api


@contextmanager
def listening(host: FakeAppHost, path: Path) -> Iterator[None]:
    """Answer on a Unix socket."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        config = uvicorn.Config(host.app(), log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        until(lambda: server.started or not thread.is_alive())
        try:
            yield
        finally:
            host.closing = True
            server.should_exit = True
            thread.join()
            host.closing = False
