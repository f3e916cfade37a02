"""Real app servers, each a process as the app host starts it."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import appliance.apps.server
from tests.running.http import get
from tests.running.process import answers, child, end, free_port, wait_until

PACKAGE = Path(appliance.apps.server.__file__).parent
PROXY = "127.0.0.9"
"""The only peer whose forwarded headers are believed."""


@dataclass
class Server:
    """One app server."""

    folder: Path
    port: int
    path: str
    process: Popen[bytes]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path.rstrip("/") + "/"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def wait_until_ready(self) -> "Server":
        ready = f"{self.origin}/readyz"
        wait_until(lambda: answers(ready), self.process, self.folder / "log")
        return self

    def config(self, **headers: str) -> dict[str, Any]:
        found: dict[str, Any] = get(self.url + "config", headers=headers).json()
        return found


class Servers:
    """Starts app servers, side by side because each takes seconds to import Gradio."""

    def __init__(self, folder: Path, scripts: Path | None = None) -> None:
        self.folder = folder
        self._scripts = scripts
        self._started: list[Popen[bytes]] = []
        self._children = ExitStack()
        (folder / "packages").mkdir()
        (folder / "packages/appliance_server").symlink_to(PACKAGE)

    @property
    @contextmanager
    def running(self) -> Iterator[None]:
        """At the end none of them runs."""
        with self._children:
            try:
                yield
            finally:
                end(self._started)

    def start(
        self,
        script: str,
        *,
        name: str | None = None,
        text: str | None = None,
        path: str = "/",
        environment: dict[str, str] | None = None,
        under: Sequence[str] = (),
        **settings: Any,
    ) -> Server:
        """Runs one of the scripts, or `text`; the same `name` finds the same folders again.

        `under`: a program that runs it.
        """
        folder = self.folder / (name or Path(script).stem)
        source = folder / "source"
        source.mkdir(parents=True, exist_ok=True)
        if self._scripts is not None:
            shutil.copytree(self._scripts, source, dirs_exist_ok=True)
        if text is not None:
            (source / script).write_text(text)
        port = free_port()
        document = {
            "app": "hello",
            "file": script,
            "listen_host": "127.0.0.1",
            "listen_port": port,
            "root": None,
            "path": path,
            "trusted_proxies": [PROXY],
            "storage": {part: str(folder / part) for part in ("temp", "examples", "data")},
            "identity": {"audience": "hello"},
            **settings,
        }
        variables = {
            "APPLIANCE_APP": json.dumps(document),
            "PYTHONPATH": str(self.folder / "packages"),
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        command = [*under, sys.executable, "-P", "-m", "appliance_server"]
        process = self._children.enter_context(
            child(command, folder=source, log=folder / "log", environment=variables)
        )
        self._started.append(process)
        return Server(folder, port, path, process)
