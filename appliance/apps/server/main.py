"""From settings to a served app. Exit codes: 0 stopped on request, 1 failed, else the script's."""

import importlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from . import examples, importing, script
from .environment import environment
from .seed import kept_seed
from .settings import VARIABLE, Settings

if TYPE_CHECKING:
    from .hosting import Hosting

_LINGER = 10
"""Seconds that threads of a script that has failed get to end by themselves."""


def main() -> int:
    try:
        settings = Settings.model_validate_json(os.environ.pop(VARIABLE, ""))
    except ValidationError as problem:
        return _fail(f"{VARIABLE} does not hold valid settings: {problem}")
    if not Path(settings.file).is_file():
        return _fail(
            f"the script {settings.file} does not exist in the app's source. Name it under `file` "
            "in appliance.yaml, or as `app_file` in the README's front matter."
        )
    _leave_no_trace()
    _prepare_folders(settings)
    try:
        hosting = _take_over(settings)
    except (ImportError, ValueError) as problem:
        return _fail(f"the app cannot be served in its environment: {problem}")
    return _run(settings, hosting)


def _leave_no_trace() -> None:
    """The script's own child processes must not find this package on their path."""
    folder = str(Path(__file__).parent.parent)
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    entries = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    if left := [entry for entry in entries if entry and entry != folder]:
        os.environ["PYTHONPATH"] = os.pathsep.join(left)


def _prepare_folders(settings: Settings) -> None:
    storage = settings.storage
    for folder in (storage.temp, storage.examples, storage.data):
        Path(folder).mkdir(parents=True, exist_ok=True)
    cache = examples.cache_folder(storage.examples, str(Path.cwd()))
    examples.settle(storage.examples, cache, time.time() - storage.keep)
    variables = environment(settings, cache, os.environ)
    os.environ.clear()
    os.environ.update(variables)


def _take_over(settings: Settings) -> "Hosting":
    """Imports Gradio, which reads the environment as it is now, and makes it serve our way."""
    importing.install()
    caching = importlib.import_module(".caching", __package__)
    capture = importlib.import_module(".capture", __package__)
    hosting_module = importlib.import_module(".hosting", __package__)
    idling = importlib.import_module(".idling", __package__)
    mounting = importlib.import_module(".mounting", __package__)
    stopping = importlib.import_module(".stopping", __package__)
    storage = importlib.import_module(".storage", __package__)

    hosting: Hosting = hosting_module.Hosting(settings)
    stopping.Stopping(hosting).install()
    mounting.use_seed(kept_seed(settings.storage.data))
    idling.install()
    caching.override(settings.examples_cache)
    capture.install(hosting)
    storage.Janitor(settings.storage, hosting.usage, hosting.files_in_use).start()
    return hosting


def _run(settings: Settings, hosting: "Hosting") -> int:
    from .finding import NoAppError, serve  # noqa: PLC0415 - imports Gradio

    try:
        names = script.run(settings.file)
        if not hosting.served:
            serve(names)
        if hosting.taken and hosting.thread is not None:
            hosting.thread.join()
    except NoAppError as problem:
        return _fail(str(problem))
    except SystemExit as ending:
        return _ended(settings, hosting, ending.code)
    except BaseException as error:  # noqa: BLE001 - reported as Python itself would
        sys.stderr.write(script.report(error))
        return _leave(1)
    return 0


def _ended(settings: Settings, hosting: "Hosting", code: object) -> int:
    """The script's own sys.exit(), or ours on request."""
    if hosting.stop_requested:
        return 0
    number = code if isinstance(code, int) else int(code is not None)
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    if not hosting.served:
        line = f"{settings.file} ended itself with exit code {number} before it served an app.\n"
        sys.stderr.write(line)
    return _leave(number)


def _fail(problem: str) -> int:
    sys.stderr.write(f"{problem[0].upper()}{problem[1:]}\n")
    return _leave(1)


def _leave(code: int) -> int:
    """Python waits for the script's threads; this does not wait for ever."""
    sys.stderr.flush()
    timer = threading.Timer(_LINGER, os._exit, args=(code,))
    timer.daemon = True
    timer.start()
    return code
