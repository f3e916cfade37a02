"""The reference: an example run by hand as `python app.py`."""

import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.running.examples import FOLDER, NAMES, OFFLINE
from tests.running.process import answers, child, free_port, wait_until


class Native:
    """All examples, started side by side because each takes seconds to import Gradio."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready: dict[str, Callable[[], None]] = {}
        self._urls: dict[str, str] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for app in NAMES:
            self._start(app)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def url(self, app: str, page: str = "") -> str:
        self._ready[app]()
        return self._urls[app] + page

    def _start(self, app: str) -> None:
        # A copy, because a script may write beside itself (`.gradio/`).
        source = self._folder / app / "source"
        shutil.copytree(FOLDER / app, source, ignore=shutil.ignore_patterns(".gradio"))
        port, log = free_port(), self._folder / app / "log"
        environment = {
            **OFFLINE,
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": str(self._folder / app / "temp"),
        }
        process = self._running.enter_context(
            child([sys.executable, "app.py"], folder=source, log=log, environment=environment)
        )
        url = self._urls[app] = f"http://127.0.0.1:{port}/"
        self._ready[app] = lambda: wait_until(
            lambda: launched(log) and answers(url), process, log, 180
        )


def launched(log: Path) -> bool:
    """Whether the script is through: while examples are cached, Gradio describes a wrong API."""
    text = log.read_text()
    return "To create a public link" in text or "Uvicorn running on" in text
