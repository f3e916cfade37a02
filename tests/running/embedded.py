"""`appliance up` on the shipped YAML, as processes of this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.config.loading import load
from tests.running.appliance import Appliance
from tests.running.examples import FOLDER, ROOT
from tests.running.process import free_port

_UP_WITHIN = 900
"""Seconds for environments that have to be downloaded first."""


@contextmanager
def embedded(file: Path) -> Iterator[Appliance]:
    """Everything in the YAML's folder; the packages come from uv's own cache of the machine."""
    port = load(file).config.ports.local
    try:
        _appliance(file.parent, "up", "--detach")
        yield Appliance("embedded", f"http://localhost:{port}", file)
    finally:
        _appliance(file.parent, "down")


def prepared(folder: Path, port: int) -> Path:
    """A copy of the shipped YAML, on other ports, and of the examples."""
    shutil.copytree(
        FOLDER, folder / "examples", ignore=shutil.ignore_patterns(".gradio", "__pycache__")
    )
    shipped = (ROOT / "appliance.yaml").read_text()
    file = folder / "appliance.yaml"
    shipped = shipped.replace("share: {}", f"share: {{port: {free_port()}}}")
    file.write_text(f"{shipped}\nports: {{local: {port}}}\n")
    return file


def _appliance(folder: Path, *verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *verb],
        cwd=folder,
        env={**os.environ, "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_UP_WITHIN,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"appliance {' '.join(verb)} failed:\n{done.stdout[-6000:]}")
