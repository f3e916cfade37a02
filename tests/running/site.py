"""A whole appliance for shares, a script that shares through it, and a clock that can be set."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.running import http
from tests.running.frpc import MACHINES, binary
from tests.running.process import child, free_port, wait_until
from tests.running.relay import gradios_client
from tests.running.traefik import until

SCRIPT = """
import sys
import gradio as gr

demo = gr.Interface(lambda name: f"Hello {name}", "text", "text", api_name="greet")
demo.launch(
    share=True, share_server_address=sys.argv[1], share_server_tls_certificate=sys.argv[2]
)
"""
_CLOCK = """
import pathlib, time

real, ahead = time.time, pathlib.Path(__file__).with_name("ahead")
time.time = lambda: real() + float(ahead.read_text())
"""


class Clock:
    """What every Python process tells the time by that is started with its `environment`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(_CLOCK)
        self.environment = {"PYTHONPATH": str(folder)}
        self._ahead = 0.0
        self._file = folder / "ahead"
        self.forward(0.0)

    def forward(self, seconds: float) -> None:
        self._ahead += seconds
        draft = self._file.with_suffix(".new")
        draft.write_text(str(self._ahead))
        draft.replace(self._file)


class Site:
    """An appliance without apps, and a script that shares through it."""

    def __init__(self, folder: Path, script: str = SCRIPT) -> None:
        self.folder = folder
        self._clock = Clock(folder / "clock")
        self.clients = free_port()
        self.pages = free_port()
        self.scripts = ExitStack()
        (folder / "app.py").write_text(script)
        (folder / "appliance.yaml").write_text(
            f"ports: {{local: {self.pages}}}\nshare: {{port: {self.clients}}}\n"
        )
        _give_gradio_its_client(folder / "hf")

    def appliance(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "appliance", *words],
            cwd=self.folder, env={**os.environ, **self._clock.environment},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def share(self) -> str:
        """Start the script, which connects by TLS; what Gradio prints as its public URL."""
        log, url = self.folder / "app.log", "Running on public URL: "
        root = self.folder / "share.pem"
        root.write_text(http.get(f"http://localhost:{self.pages}/share.pem").text)
        command = [sys.executable, "-u", "app.py", f"localhost:{self.clients}", str(root)]
        environment = {
            "HF_HOME": str(self.folder / "hf"),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_SERVER_PORT": str(free_port()),
        }
        process = self.scripts.enter_context(
            child(command, folder=self.folder, log=log, environment=environment)
        )
        wait_until(lambda: url in log.read_text(), process, log)
        return log.read_text().split(url)[1].split()[0]

    @contextmanager
    def client(self, port: int, token: str) -> Iterator[Path]:
        """Gradio's share client alone, started as Gradio starts it; where its output goes."""
        log = self.folder / "client.log" if "a" * 32 not in token else self.folder / "refused.log"
        server = f"localhost:{self.clients}"
        command = gradios_client(server, port, token)
        with child(command, folder=self.folder, log=log, environment={}):
            yield log

    @contextmanager
    def events(self) -> Iterator[Callable[[], list[str]]]:
        """Names of what happened at the relay, so far: `appliance shares events --follow`."""
        log = self.folder / "events.log"
        command = [sys.executable, "-m", "appliance", "shares", "events", "--follow", "--json"]

        def names() -> list[str]:
            lines = log.read_text().splitlines()
            return [json.loads(line)["event"] for line in lines if line.startswith("{")]

        with child(command, folder=self.folder, log=log, environment={}) as process:
            wait_until(names, process, log, 60)
            yield names

    def pass_time(self, seconds: float) -> None:
        """Let the appliance's clocks be so much later; those of the script and of visitors stay."""
        self._clock.forward(seconds)

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


@contextmanager
def sharing_site(folder: Path, script: str = SCRIPT) -> Iterator[Site]:
    site = Site(folder, script)
    site.appliance("up", "--detach")
    try:
        with site.scripts:
            yield site
    finally:
        site.appliance("down")


def _give_gradio_its_client(home: Path) -> None:
    """Where Gradio keeps the client that it else would download."""
    name = Path(binary()).name
    assert name.rsplit("_", 2)[1] in MACHINES.values()
    there = home / "gradio" / "frpc" / name
    there.parent.mkdir(parents=True)
    shutil.copy(binary(), there)
    there.chmod(there.stat().st_mode | stat.S_IXUSR)
