"""One script at a time, by hand and by the app server, in today's environment."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import appliance.apps.server
from tests.running.examples import OFFLINE
from tests.running.native import launched
from tests.running.process import answers, child, free_port, wait_until

_PACKAGE = Path(appliance.apps.server.__file__).parent
_READY_WITHIN = 300


@contextmanager
def by_hand(source: Path, file: str, folder: Path) -> Iterator[str]:
    """`python <file>` in a copy of the source."""
    port = free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "temp")}
    url = f"http://127.0.0.1:{port}/"
    log = folder / "log"
    with _run([sys.executable, file], source, folder, own, lambda: launched(log) and answers(url)):
        yield url


@contextmanager
def served(source: Path, file: str, folder: Path) -> Iterator[str]:
    """The app server, with the app under a path, as Traefik would reach it in local mode."""
    port = free_port()
    (folder / "packages").mkdir(parents=True)
    (folder / "packages/appliance_server").symlink_to(_PACKAGE)
    settings = {
        "app": "mirror",
        "file": file,
        "listen_host": "127.0.0.1",
        "listen_port": port,
        "root": None,
        "path": "/mirror",
        "storage": {part: str(folder / part) for part in ("temp", "examples", "data")},
        "identity": {"audience": "mirror"},
    }
    own = {"APPLIANCE_APP": json.dumps(settings), "PYTHONPATH": str(folder / "packages")}
    command = [sys.executable, "-P", "-m", "appliance_server"]
    ready = f"http://127.0.0.1:{port}/readyz"
    with _run(command, source, folder, own, lambda: answers(ready)):
        yield f"http://127.0.0.1:{port}/mirror/"


@contextmanager
def _run(
    command: list[str],
    source: Path,
    folder: Path,
    own: Mapping[str, str],
    ready: Callable[[], bool],
) -> Iterator[None]:
    shutil.copytree(source, folder / "source")
    log = folder / "log"
    with child(command, folder=folder / "source", log=log, environment={**OFFLINE, **own}) as app:
        wait_until(ready, app, log, _READY_WITHIN)
        yield
