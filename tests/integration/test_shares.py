"""Share links end to end: Gradio's own `launch(share=True)` and its client, Traefik, the relay."""

import hashlib
import json
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from gradio_client import Client

from appliance.relay.names import hashed
from tests.integration.relay.frpc import MACHINES, binary
from tests.running.examples import FOLDER
from tests.running.giant import blocks, giant
from tests.running.process import child, free_port, wait_until
from tests.running.relay import gradios_client
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

SCRIPT = """
import sys
import gradio as gr

demo = gr.Interface(lambda name: f"Hello {name}", "text", "text", api_name="greet")
demo.launch(
    share=True, share_server_address=sys.argv[1], share_server_tls_certificate=sys.argv[2]
)
"""
PAGE = {"Accept": "text/html"}


class Site:
    """An appliance without apps, and a script that shares through it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clients = free_port()
        self.pages = free_port()
        self.scripts = ExitStack()
        (folder / "app.py").write_text(SCRIPT)
        (folder / "appliance.yaml").write_text(
            f"ports: {{local: {self.pages}}}\nshare: {{port: {self.clients}}}\n"
        )
        _give_gradio_its_client(folder / "hf")

    def appliance(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "appliance", *words],
            cwd=self.folder, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def share(self) -> str:
        """Start the script, which connects by TLS; what Gradio prints as its public URL."""
        log, url = self.folder / "app.log", "Running on public URL: "
        root = self.folder / "share.pem"
        root.write_text(httpx.get(f"http://localhost:{self.pages}/share.pem").text)
        command = [sys.executable, "-u", "app.py", f"localhost:{self.clients}", str(root)]
        environment = {
            "HF_HOME": str(self.folder / "hf"),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_SERVER_PORT": str(free_port()),
        }
        process = self.scripts.enter_context(
            child(command, folder=self.folder, log=log, environment=environment)
        )
        wait_until(lambda: url in log.read_text(), process, log, 180)
        return log.read_text().split(url)[1].split()[0]

    @contextmanager
    def client(self, port: int, token: str) -> Iterator[Path]:
        """Gradio's share client alone, started as Gradio starts it; where its output goes."""
        log = self.folder / "client.log" if "a" * 32 not in token else self.folder / "refused.log"
        server = f"localhost:{self.clients}"
        command = gradios_client(server, port, token)
        with child(command, folder=self.folder, log=log, environment={}):
            yield log

    def shares(self, *options: str) -> dict[str, dict[str, Any]]:
        found = json.loads(self.appliance("shares", "--json", *options))["shares"]
        return {share["url"]: share for share in found}

    def restart_relay(self) -> None:
        """End the process; the supervisor starts it again."""
        self._end(lambda command: command[-1] == "relay")
        socket = self.folder / "data" / "run" / "relay" / "relay.sock"
        until(socket.resolve().exists)

    def kill_proxy(self) -> None:
        """Traefik ends without a word; the supervisor starts it again."""
        self._end(lambda command: Path(command[0]).name == "traefik", signal.SIGKILL)

    def _end(self, which: Callable[[list[str]], bool], how: int = signal.SIGTERM) -> None:
        pids = json.loads((self.folder / "data" / "processes.json").read_text())
        processes = [psutil.Process(pid) for pid, _began in pids]
        found = next(one for one in processes if which(one.cmdline()))
        found.send_signal(how)
        found.wait(60)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("sharing"))
    made.appliance("up", "--detach")
    try:
        with made.scripts:
            yield made
    finally:
        made.appliance("down")


@pytest.fixture(autouse=True)
def _names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As browsers and most systems' resolvers do; a bare C library does not."""
    real = socket.getaddrinfo

    def resolve(host: Any, *more: Any, **options: Any) -> Any:
        below = isinstance(host, str) and host.endswith(".localhost")
        return real("127.0.0.1" if below else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_link_works_survives_a_restart_and_ends_when_it_is_told_to(site: Site) -> None:
    url = site.share()
    assert url.startswith("http://")
    assert url.endswith(f".share.localhost:{site.pages}")
    assert _greeting(url) == "Hello you"

    site.restart_relay()
    until(lambda: site.shares().get(url, {}).get("state") == "live", 120)
    assert _greeting(url) == "Hello you"
    assert site.shares()[url]["requests"] > 0

    site.kill_proxy()
    until(lambda: _answers(url), 120)
    assert _greeting(url) == "Hello you"

    # A new relay is told to count once control has found it.
    until(lambda: _greeting(url) and site.shares()[url]["visitors"] >= 1, 120)

    name = site.shares()[url]["name"]
    told = json.loads(site.appliance("visits", name, "--shares", "--json"))["days"]
    assert sum(day["requests"] for day in told) >= 1
    assert told[-1]["visitors"] >= 1

    site.appliance("shares", "kick", url)
    gone = httpx.get(url, headers=PAGE)
    assert gone.status_code == httpx.codes.GONE
    assert "text/html" in gone.headers["content-type"]
    assert url not in site.shares()
    assert site.shares("--all")[url]["state"] == "ended"


def test_a_key_gives_a_readable_name_and_nobody_else_gets_it(site: Site) -> None:
    key = json.loads(site.appliance("keys", "create", "ada", "--json"))["secret"]
    app = Upstream("board")
    port = int(app.url.rpartition(":")[2])
    url = f"http://board.share.localhost:{site.pages}"
    with serving(app, app.url), site.client(port, f"board:{key}") as said:
        until(lambda: f"start proxy success: {url}" in said.read_text())
        assert httpx.get(url).json()["name"] == "board"
        assert site.shares()[url]["owner"] == "ada"
        with site.client(port, f"board:key-{'a' * 32}") as refused:
            until(lambda: "login to server failed: this key is not valid" in refused.read_text())
        for log in (site.folder / "data" / "logs").iterdir():
            assert key not in log.read_text()
        site.appliance("keys", "revoke", "ada")
        assert httpx.get(url, headers=PAGE).status_code == httpx.codes.GONE


def test_a_shared_app_is_told_who_asks_for_what(site: Site) -> None:
    """The example, shared from where it runs."""
    port, log, ready = free_port(), site.folder / "request.log", "Running on local URL"
    environment = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "-u", str(FOLDER / "request" / "app.py")]
    with child(command, folder=site.folder, log=log, environment=environment) as process:
        wait_until(lambda: ready in log.read_text(), process, log, 180)
        with site.client(port, "request") as said:
            until(lambda: "start proxy success: " in said.read_text())
            url = said.read_text().split("start proxy success: ")[1].split()[0]
            told = Client(url, verbose=False, headers={"X-Job": "7", "Remote-User": "root"})
            facts, table = told.predict(api_name="/describe")
    headers = dict(table["data"])
    assert facts["client address"] == "127.0.0.1"
    assert facts["username"] is None
    assert facts["url"].startswith(url)
    assert headers["x-job"] == "7"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "remote-user" not in headers


def test_a_gigabyte_goes_down_and_up_unchanged(site: Site) -> None:
    url = f"http://{hashed('giant')}.share.localhost:{site.pages}"
    with giant() as app, site.client(app.port, "giant") as said, httpx.Client(timeout=120) as ask:
        until(lambda: f"start proxy success: {url}" in said.read_text())
        headers = ask.head(f"{url}/1024").headers
        assert headers["content-length"] == str(1 << 30)

        came = hashlib.sha256()
        with ask.stream("GET", f"{url}/1024") as answer:
            for piece in answer.iter_raw():
                came.update(piece)
        told = ask.post(url, content=blocks(1024), headers={"Content-Length": str(1 << 30)})
        assert told.text == came.hexdigest()
        sent = hashlib.sha256()
        for block in blocks(1024):
            sent.update(block)
        assert came.digest() == sent.digest()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def _greeting(url: str) -> str:
    return str(Client(url, verbose=False).predict("you", api_name="/greet"))


def _give_gradio_its_client(home: Path) -> None:
    """Where Gradio keeps the client that it else would download."""
    name = Path(binary()).name
    assert name.rsplit("_", 2)[1] in MACHINES.values()
    there = home / "gradio" / "frpc" / name
    there.parent.mkdir(parents=True)
    shutil.copy(binary(), there)
    there.chmod(there.stat().st_mode | stat.S_IXUSR)
