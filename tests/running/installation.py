"""An appliance at its public names and ports: what the docs say can be typed as it stands there.

It has a network of its own without a way out, which whoever is not root makes as root of a
namespace of his own.
"""

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from playwright.sync_api import Browser

from appliance.apps import needs
from appliance.apps.frontmatter import FrontMatter
from appliance.config.document import parse
from appliance.config.schema import App
from tests.running.chromium import chromium, launched
from tests.running.examples import FOLDER, ROOT
from tests.running.lines import Machine
from tests.running.markdown import block
from tests.running.process import child, wait_until
from tests.running.rooted import installed
from tests.running.traefik import until

DOMAIN = "demos.example.org"
ADDRESS = "192.0.2.1"
"""Of the appliance, and of whoever comes from its own machine."""
METRICS = 9464
PASSWORD = "correct horse battery staple"
"""Of everybody."""
APP = f"""import gradio as gr

{block("docs/requests.md", "python", "def greet").removeprefix("import gradio as gr")}

def hello(name):
    if name == "nobody":
        raise gr.Error("nobody is there")
    return f"Hello {{name}}"

with gr.Blocks(title="Hello") as demo:
    name, greeting = gr.Textbox("you", label="name"), gr.Textbox(label="Greeting")
    gr.Button("Submit").click(hello, name, greeting, api_name="hello")
    gr.Button("Who").click(greet, None, greeting, api_name="greet")
demo.launch(mcp_server=True)
"""
_HOSTS = ("", "hello.", "notebook.", "share.", "chat.share.", "board.share.")
_ROOT = os.geteuid() == 0
_MADE = () if _ROOT else ("--map-root-user",)
_ENTERED = () if _ROOT else ("--user", "--preserve-credentials")
_NETWORK = "ip link set lo up && ip addr add {address}/32 dev lo && mount --bind {hosts} /etc/hosts"


class Installation:
    """The network, the machine in it, and the appliance."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.root = folder / "share.pem"
        inside = ("nsenter", "--target", str(pid), *_ENTERED, "--net", "--mount")
        commands = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.machine = Machine(inside, PATH=commands)
        """It has the command `appliance`."""

    def trust(self) -> None:
        """From now on the machine believes what the appliance's own authority says."""
        self.shell(f"curl --silent --insecure -O https://{DOMAIN}/share.pem")
        certificates = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        self.machine.variables.update(dict.fromkeys(certificates, str(self.root)))

    def appliance(self, *words: str, given: str = "") -> str:
        command = (sys.executable, "-m", "appliance", *words)
        return self.machine.run(*command, folder=self.folder, given=given)

    def shell(self, lines: str, given: str = "", **variables: str) -> str:
        """In the folder of the YAML."""
        return self.machine.shell(lines, self.folder, given, **variables)

    @contextmanager
    def configured(self, *more: str) -> Iterator[None]:
        """With more in the YAML, for a while."""
        file = self.folder / "appliance.yaml"
        before = file.read_text()
        try:
            self._take_up(yaml.safe_dump(merged(before, *more)))
            yield
        finally:
            self._take_up(before)

    def _take_up(self, text: str) -> None:
        (self.folder / "appliance.yaml").write_text(text)
        until(lambda: (told := self.status())["text"] == text and told["routes"]["live"])

    def status(self) -> Any:
        """As `control` tells it."""
        return json.loads(self.ask_control("/status"))

    def ask_control(self, path: str) -> str:
        socket = self.folder / "data" / "run" / "control.sock"
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), timeout=60) as client:
            return client.get(f"http://control{path}").raise_for_status().text

    @contextmanager
    def running(self, *command: str, **variables: str) -> Iterator[Callable[[str], str]]:
        """Something that goes on; gives a way to wait for a word that begins so in its output."""
        log = self.folder / "running.log"
        environment = {**self.machine.variables, "PYTHONUNBUFFERED": "1", **variables}
        inside = [*self.machine.inside, f"--wd={self.folder}", *command]
        with child(inside, folder=self.folder, log=log, environment=environment) as process:

            def word(beginning: str) -> str:
                wait_until(lambda: beginning in log.read_text(), process, log)
                found = re.search(re.escape(beginning) + r"(\S*)", log.read_text())
                assert found
                return found[0]

            try:
                yield word
            finally:
                # A shell leaves what it runs.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)

    def url(self, host: str = "", path: str = "/") -> str:
        return f"https://{host and f'{host}.'}{DOMAIN}{path}"

    @contextmanager
    def browsing(self) -> Iterator[Browser]:
        """A browser that trusts the root."""
        home = self.folder / "home"
        if not home.exists():
            installed(home, self.root.read_text())
        program = self.folder / "browser"
        program.write_text(f'#!/bin/sh\nexec {" ".join(self.machine.inside)} {chromium()} "$@"\n')
        program.chmod(0o755)
        with launched(home=home, program=program) as browser:
            yield browser


def token(said: str) -> str:
    """The one that a command has made."""
    found = re.search(r"gat_[\w-]+", said)
    assert found, said
    return found[0]


@contextmanager
def installation() -> Iterator[Installation]:
    """It serves what the docs' own YAML says."""
    # A short path: the sockets of a deep one are kept elsewhere, which has tests of its own.
    folder = Path(tempfile.mkdtemp(prefix="installed-"))
    try:
        _write(folder)
        hosts = folder / "hosts"
        names = " ".join(f"{name}{DOMAIN}" for name in _HOSTS)
        hosts.write_text(f"127.0.0.1 localhost\n{ADDRESS} {names}\n")
        network = _NETWORK.format(address=ADDRESS, hosts=hosts)
        stay = f"{network}; echo up; exec sleep inf"
        command = ("unshare", *_MADE, "--net", "--mount", "sh", "-ec", stay)
        log = folder / "network.log"
        with child(command, folder=folder, log=log, environment={}) as process:
            wait_until(lambda: "up" in log.read_text(), process, log)
            made = Installation(folder, process.pid)
            try:
                made.appliance("up", "--detach")
                made.trust()
                yield made
            finally:
                made.appliance("down")
    finally:
        shutil.rmtree(folder)


def merged(*parts: str) -> dict[str, Any]:
    """Parts of a YAML that docs show, as one."""
    found: dict[str, Any] = {"apps": {}}
    for text in parts:
        part = parse(text, "appliance.yaml").data
        for name, app in part.pop("apps", {}).items():
            found["apps"].setdefault(name, {}).update(app)
        found.update(part)
    return found


CONFIGURATION = merged(
    block("docs/quickstart.md", "yaml", "domain:"),
    block("docs/embedding.md", "yaml", "origins"),
    block("docs/shares.md", "yaml", "share: {}"),
    f"ports: {{metrics: {METRICS}}}",
    block("docs/access.md", "yaml", "payroll"),
)
"""Without one app of them, which needs not run for what they say of it."""
del CONFIGURATION["apps"]["payroll"]


def _write(folder: Path) -> None:
    (folder / "appliance.yaml").write_text(yaml.safe_dump(CONFIGURATION))
    (folder / "hello").mkdir()
    (folder / "hello" / "app.py").write_text(APP)
    shutil.copytree(FOLDER / "request", folder / "notebook")
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    _environment(folder / "data" / "environments")


def _environment(folder: Path) -> None:
    """The one that all apps here need, from the packages of the tests: nothing can be fetched."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    needed = needs.of(folder, App(source="."), FrontMatter(), needs.Defaults(python))
    place = folder / needed.digest
    venv.create(place, symlinks=True)
    ours, theirs = (
        one / "lib" / f"python{python}" / "site-packages"
        for one in (Path(sys.executable).parents[1], place)
    )
    (theirs / "tests.pth").write_text(f"{ours}\n")
    (place / "complete").touch()
