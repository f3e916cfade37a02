"""Gradio is imported without writing or checking its type stubs."""

import subprocess
import sys

PROGRAM = """
import sys
from appliance.apps.server import importing
importing.install()
import gradio, inspect, pathlib
from gradio import component_meta
assert component_meta.create_or_modify_pyi(gradio.Textbox, "Textbox", []) is None
assert pathlib.Path(inspect.getfile(component_meta)).name == "component_meta.py"
print(component_meta.create_or_modify_pyi.__module__, gradio.Textbox(label="a").label)
"""


def test_gradio_works_without_its_stub_writer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout.split() == ["appliance.apps.server.importing", "a"]
