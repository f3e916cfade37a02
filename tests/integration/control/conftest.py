"""The control process with a real Traefik and an app host that only says what it is told."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.integration.control.apphost import FakeAppHost, listening
from tests.running import http
from tests.running.process import child, free_port, wait_until
from tests.running.traefik import Proxy, prepared, started, until
from tests.running.upstream import Upstream, serving


class Appliance:
    """Control, Traefik and the app host, each of which may be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.yaml = folder / "appliance.yaml"
        self.host = FakeAppHost()
        self.run = folder / "run"
        self.run.mkdir()
        self.proxy: Proxy = prepared(self.run)
        self.published = {
            "APPLIANCE_PUBLISHED_LOCAL": self.proxy.listen.local or "",
            "APPLIANCE_PUBLISHED_HTTP": "none",
        }
        self.pages = f"127.0.0.1:{free_port()}"
        self.forward = f"127.0.0.1:{free_port()}"
        self.host.servers_of = self._servers
        self._pids: dict[str, subprocess.Popen[bytes]] = {}
        self._processes = {name: ExitStack() for name in ("control", "traefik", "apps")}

    def start_control(self) -> None:
        log = self.folder / "control.log"
        command = [sys.executable, "-m", "appliance", "control"]
        process = self._processes["control"].enter_context(
            child(command, folder=self.folder, log=log, environment=self._environment())
        )
        self._pids["control"] = process
        wait_until(lambda: self.ask("/healthz").is_success, process, log)

    def start_traefik(self) -> None:
        self._processes["traefik"].enter_context(started(self.proxy))

    def start_apps(self) -> None:
        self._processes["apps"].enter_context(listening(self.host, self.run / "apps.sock"))

    def kill(self, name: str) -> None:
        """Without a chance to end well; what it started goes on."""
        self._pids[name].kill()
        self.stop(name)
        (self.run / f"{name}.sock").unlink(missing_ok=True)

    def stop(self, name: str) -> None:
        """`control`, `traefik` or `apps`."""
        self._processes.pop(name).close()
        self._processes[name] = ExitStack()

    def start(self, name: str) -> None:
        getattr(self, f"start_{name}")()

    def stop_all(self) -> None:
        for name in ("control", "traefik", "apps"):
            self.stop(name)

    def reset(self) -> None:
        """As after the first start: both apps wait."""
        self.yaml.write_text(TWO)
        self.host.say()
        until(lambda: self.status()["text"] == TWO and not self.status()["host"]["apps"])
        until(lambda: self.status()["routes"]["live"])
        self.host.routed.clear()

    def ask(self, path: str, body: str | None = None) -> httpx.Response:
        """A request on `control.sock`, a POST if it has a body; 503 while nobody listens."""
        socket = self.run / "control.sock"
        if not socket.exists():
            return httpx.Response(503)
        transport = httpx.HTTPTransport(uds=str(socket))
        with httpx.Client(transport=transport, base_url="http://control", timeout=30) as client:
            return client.get(path) if body is None else client.post(path, content=body)

    def status(self) -> dict:
        return self.ask("/status").json()

    def get(self, path: str, accept: str = "*/*") -> httpx.Response:
        """A visitor's request on the entry point of local mode."""
        return http.get(self.proxy.local + path, headers={"Accept": accept})

    def log(self) -> str:
        return (self.folder / "control.log").read_text()

    def _environment(self) -> dict[str, str]:
        return {
            "APPLIANCE_FILE": str(self.yaml),
            "APPLIANCE_DATA": str(self.folder / "data"),
            "APPLIANCE_RUN": str(self.run),
            "APPLIANCE_LISTEN": self.pages,
            "APPLIANCE_PAGES": f"http://{self.pages}",
            "APPLIANCE_FORWARD_LISTEN": self.forward,
            "APPLIANCE_FORWARD": f"http://{self.forward}",
            "APPLIANCE_PROXY_API": self.proxy.api,
            "APPLIANCE_PROXY_LOCAL": self.proxy.listen.local or "",
            "APPLIANCE_PROXY_HTTP": self.proxy.listen.http or "",
            "APPLIANCE_PROXY_HTTPS": self.proxy.listen.https or "",
            **self.published,
        }

    def _servers(self, app: str) -> list[str]:
        service = self.live_services().get(f"app-{app}@file", {})
        return [server["url"] for server in service.get("loadBalancer", {}).get("servers", [])]

    def live_services(self) -> dict:
        """By Traefik's own words. Its API's key is in the file that control wrote."""
        text = self.proxy.folder.api.read_text()
        self.proxy.key = text.split("X-Appliance-Proxy-Key`, `")[1].split("`")[0]
        return self.proxy.rawdata().get("services", {})


TWO = "apps:\n  hello: {source: hello}\n  chat: {source: chat}\n"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    made = Appliance(tmp_path_factory.mktemp("appliance"))
    made.yaml.write_text(TWO)
    try:
        for name in ("traefik", "apps", "control"):
            made.start(name)
        yield made
    finally:
        made.stop_all()


@pytest.fixture
def running(shared: Appliance) -> Appliance:
    """All three, as after the first start. A test that stops one starts it again."""
    shared.reset()
    return shared


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    one = Upstream("one")
    with serving(one, one.url):
        yield one


@pytest.fixture(scope="session")
def another() -> Iterator[Upstream]:
    two = Upstream("two")
    with serving(two, two.url):
        yield two
