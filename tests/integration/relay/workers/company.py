"""A relay with two workers, and connections to one of them or the other."""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.running.process import child
from tests.running.relay import WANTED, RelayProcess, gradios_client
from tests.running.traefik import until

DOMAIN = WANTED["domain"]


class Company:
    """Which worker serves a connection is the kernel's choice: ask until it chooses as needed."""

    def __init__(self, relay: RelayProcess, folder: Path, app_port: int) -> None:
        self.relay, self.folder, self.app_port = relay, folder, app_port
        self._clients = 0

    def workers(self) -> dict[int, int]:
        """Processes by their numbers."""
        found = {}
        for process in psutil.Process(self.relay.pid).children():
            with suppress(psutil.Error):  # it has just ended
                command = process.cmdline()
                if "appliance.relay.workers" in command:
                    found[int(command[command.index("appliance.relay.workers") + 1])] = process.pid
        return found

    @contextmanager
    def visitor(self, worker: int) -> Iterator[http.client.HTTPConnection]:
        """A connection that this worker has accepted."""
        for _ in range(200):
            made = http.client.HTTPConnection("127.0.0.1", self.relay.visitors, timeout=60)
            with closing(made):
                made.connect()
                if self._server_of(made.sock.getsockname()[1]) == self.workers().get(worker):
                    yield made
                    return
        raise AssertionError(f"the kernel never chose worker {worker}")

    def get(self, worker: int, name: str, path: str = "/seen") -> int:
        """The status of the answer to a visitor of one worker."""
        with self.visitor(worker) as visitor, ask(visitor, name, path) as answer:
            return answer.status

    def worker_of(self, name: str) -> int:
        """Where the client of a share is connected, by the log."""
        said = [line for line in self._log() if "tunnel.opened" in line and name in line]
        return int(said[-1].partition('"worker": ')[2][0])

    def share(self, stack: ExitStack, token: str = "") -> str:
        """Gradio's client until the end; the share's name."""
        self._clients += 1
        token = token or f"token-{self.folder.name}-{self._clients}"
        log = self.folder / f"{token}.log"
        before = set(self.relay.shares())
        command = gradios_client(f"127.0.0.1:{self.relay.clients}", self.app_port, token)
        stack.enter_context(child(command, folder=self.folder, log=log, environment={}))
        until(lambda: "start proxy success: http://" in log.read_text())
        name = log.read_text().partition("start proxy success: http://")[2].partition(".")[0]
        assert name not in before
        return name

    def share_at(self, stack: ExitStack, worker: int) -> str:
        """A share whose client is connected to one worker."""
        for _ in range(40):
            with ExitStack() as trying:
                name = self.share(trying)
                if self.worker_of(name) == worker:
                    stack.push(trying.pop_all())
                    return name
        raise AssertionError(f"the kernel never chose worker {worker}")

    def live(self, name: str) -> bool:
        return self.relay.shares()[name]["state"] == "live"

    def _server_of(self, port: int) -> int | None:
        """The worker that has accepted the connection from a port of ours."""
        found: list[int] = []

        def accepted() -> bool:
            found.extend(
                pid
                for pid in self.workers().values()
                if any(one.raddr and one.raddr.port == port for one in _connections(pid))
            )
            return bool(found)

        until(accepted)
        return found[0]

    def _log(self) -> list[str]:
        return (self.relay.folder / "relay.log").read_text().splitlines()


def _connections(pid: int) -> list[Any]:
    try:
        return psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return []


def ask(
    connection: http.client.HTTPConnection, name: str, path: str = "/seen", **more: Any
) -> http.client.HTTPResponse:
    headers = {"Host": f"{name}.{DOMAIN}", **more.pop("headers", {})}
    connection.request(more.pop("method", "GET"), path, headers=headers, **more)
    return connection.getresponse()


@contextmanager
def company(folder: Path, app_port: int) -> Iterator[Company]:
    relay = RelayProcess(folder, workers=2)
    with relay.started():
        relay.want(WANTED)
        yield Company(relay, folder, app_port)
