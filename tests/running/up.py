"""A folder with an appliance of its own, started as processes by `appliance up`."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress

import httpx
import psutil
import pytest

from tests.running.process import free_port

PATIENCE = 300
APP = """
import os, pathlib, tempfile
import gradio as gr

def shout(path):
    result = pathlib.Path(tempfile.mkdtemp()) / "loud.txt"
    result.write_text(pathlib.Path(path).read_text().upper())
    return str(result)

demo = gr.Interface(shout, gr.File(), gr.File(), api_name="shout", title=str(os.getpid()))
demo.launch()
"""
YAML = """
ports: {{local: {port}, metrics: {metrics}}}
apps:
  tiny: {{source: tiny}}
"""


class Site:
    """A folder with an appliance of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.metrics = free_port()
        self.yaml = YAML.format(port=self.port, metrics=self.metrics)
        (folder / "tiny").mkdir()
        (folder / "tiny" / "app.py").write_text(APP)
        self.write(self.yaml)

    def write(self, text):
        (self.folder / "appliance.yaml").write_text(text)

    def appliance(self, *words, typed=None):
        """Run the command line as a person would."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("APPLIANCE_")}
        return subprocess.run(
            [sys.executable, "-m", "appliance", *words],
            cwd=self.folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def processes(self):
        """Whatever runs on behalf of this folder."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process):
        try:
            words = (*process.cmdline(), *process.environ().values())
            zombie = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
        return not zombie and any(str(self.folder) in word for word in words)

    def process(self, *words):
        """The one process whose command holds all the words.

        For a moment what it starts has the same.
        """
        until(lambda: len(self._processes(words)) == 1, f"one process {words}")
        return self._processes(words)[0]

    def _processes(self, words):
        found = []
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                command = process.cmdline()
                if all(any(word in part for part in command) for word in words):
                    found.append(process)
        return found

    def app_process(self):
        """The number of the process that answers: the app's title tells it."""
        return int(httpx.get(f"{self.url}/tiny/config", timeout=60).json()["title"])

    def page(self, path="/tiny/"):
        try:
            return httpx.get(self.url + path, timeout=60).status_code
        except httpx.TransportError:
            return None

    def status(self):
        return json.loads(self.appliance("status", "--json").stdout)


def logs(site):
    return "\n".join(
        f"{path.name}:\n{path.read_text()[-3000:]}" for path in site.folder.glob("data/logs/*.log")
    )


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {PATIENCE} s: {what}")
        time.sleep(0.1)
