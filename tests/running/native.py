"""The reference: an example run by hand as `python app.py`."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.running.examples import FOLDER, NAMES, OFFLINE
from tests.running.process import answers, child, end, free_port, wait_until


class Native:
    """All examples, started side by side because each takes seconds to import Gradio.

    Between questions they stand still: Gradio looks into an empty queue a thousand times a second.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apps: dict[str, _Script] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for app in NAMES:
            self._apps[app] = self._running.enter_context(_started(app, self._folder / app))
        return self

    def __exit__(self, *_: object) -> None:
        for script in self._apps.values():
            script.process.send_signal(signal.SIGCONT)
        end(script.process for script in self._apps.values())
        self._running.close()

    @contextmanager
    def awake(self, app: str, page: str = "") -> Iterator[str]:
        """The app's URL, while it answers."""
        script = self._apps[app]
        script.process.send_signal(signal.SIGCONT)
        wait_until(lambda: launched(script.log) and answers(script.url), script.process, script.log)
        try:
            yield script.url + page
        finally:
            script.process.send_signal(signal.SIGSTOP)


@dataclass(frozen=True)
class _Script:
    process: subprocess.Popen[bytes]
    url: str
    log: Path


@contextmanager
def _started(app: str, folder: Path) -> Iterator[_Script]:
    # A copy, because a script may write beside itself (`.gradio/`).
    source, port, log = folder / "source", free_port(), folder / "log"
    shutil.copytree(FOLDER / app, source, ignore=shutil.ignore_patterns(".gradio"))
    environment = {
        **OFFLINE,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "temp"),
    }
    command = [sys.executable, "app.py"]
    with child(command, folder=source, log=log, environment=environment) as process:
        try:
            yield _Script(process, f"http://127.0.0.1:{port}/", log)
        finally:
            process.send_signal(signal.SIGCONT)


def launched(log: Path) -> bool:
    """Whether the script is through: while examples are cached, Gradio describes a wrong API."""
    text = log.read_text()
    return "To create a public link" in text or "Uvicorn running on" in text
