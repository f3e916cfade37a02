"""A relay process of its own, steered through its socket as the control process does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.running.frpc import binary
from tests.running.process import child, free_port, wait_until

WANTED: dict[str, Any] = {
    "domain": "share.localhost",
    "scheme": "http",
    "port": 80,
    "expires": 72 * 3600,
    "who_can_share": "anyone",
    "plain": True,
    "max_shares": 500,
    "per_key": 50,
    "per_address": 50,
    "requests": None,
    "traffic": None,
}


def gradios_client(server: str, app_port: int, token: str, *options: str) -> list[str]:
    """The command that Gradio runs."""
    return [
        binary(), "http", "-n", token, "-l", str(app_port), "-i", "127.0.0.1", "--uc",
        "--sd", "random", "--ue", "--disable_log_color", "--server_addr", server, *options,
    ]  # fmt: skip


class RelayProcess:
    """It may be stopped and started; its folder and its ports stay."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self.folder = folder
        self.workers = workers
        self.clients = free_port()
        self.visitors = free_port()
        self.socket = folder / "run" / "relay" / "relay.sock"
        self.pid = 0
        """Of the process that was started last."""

    @contextmanager
    def started(self) -> Iterator[None]:
        log = self.folder / "relay.log"
        command = [sys.executable, "-m", "appliance", "relay"]
        environment = {
            "APPLIANCE_DATA": str(self.folder / "data"),
            "APPLIANCE_RUN": str(self.folder / "run"),
            "APPLIANCE_SHARE_CLIENTS": f"127.0.0.1:{self.clients}",
            "APPLIANCE_SHARE_VISITORS": f"127.0.0.1:{self.visitors}",
        }
        with child(command, folder=self.folder, log=log, environment=environment) as process:
            wait_until(lambda: self.socket.exists() and self._healthy(), process, log)
            self.pid = process.pid
            yield

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.HTTPTransport(uds=str(self.socket))
        with httpx.Client(transport=transport, base_url="http://relay", timeout=60) as client:
            return client.request(method, path, **more)

    def want(self, share: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        if share is not None:
            share = {"workers": self.workers, **share}
        answer = self.ask("PUT", "/settings", json={"share": share, **more})
        return dict(answer.raise_for_status().json())

    def shares(self) -> dict[str, dict[str, Any]]:
        found = self.ask("GET", "/shares").raise_for_status().json()["shares"]
        return {share["name"]: share for share in found}

    def _healthy(self) -> bool:
        try:
            return self.ask("GET", "/healthz").is_success
        except httpx.TransportError:
            return False
