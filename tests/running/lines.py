"""Lines that a page gives to copy, run as they are by what they are written for."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.running.examples import ROOT

NODE = ROOT / "tests" / "clients" / "node"
_PATIENCE = 600
"""Seconds; of a machine that has other things to do."""
_BEGINNINGS = {"python": "from gradio_client", "javascript": "import { Client", "zsh": "curl"}
KINDS = ("python", "javascript", "curl", "curl-names", "mcp")


def shown(tab: Page, address: str, endpoint: str) -> dict[str, str]:
    """By kind, from an app's page about calling it from code."""
    tab.goto(address)
    tab.get_by_label("Endpoint").last.select_option(endpoint)
    expect(tab.locator("#python")).to_contain_text(f'"{endpoint}"')
    return {kind: tab.locator(f"#{kind}").text_content() or "" for kind in KINDS}


def gradios_own(tab: Page, address: str) -> dict[str, str]:
    """By kind, from the page about its API that every app of Gradio has."""
    tab.goto(address)
    tab.get_by_role("button", name="Use via API").click()
    # Of an app with tools it begins with those.
    tab.get_by_role("listitem").filter(has_text="Python").click()
    lines_are_there(tab)
    every = tab.locator("pre").all_text_contents()
    found = {
        kind: [lines for lines in every if lines.startswith(beginning)]
        for kind, beginning in _BEGINNINGS.items()
    }
    # One a function; the first is what the first one needs.
    return {kind: lines[0] for kind, lines in found.items()}


def lines_are_there(tab: Page) -> None:
    """Wait for those of each language, of which the page shows one at a time."""
    expect(tab.locator("pre", has_text="client.predict").first).to_be_visible()
    for beginning in _BEGINNINGS.values():
        begun = tab.locator("pre").filter(has_text=re.compile(rf"^\s*{re.escape(beginning)}"))
        expect(begun.first).to_be_attached()


class Machine:
    """Where they are copied to."""

    def __init__(self, inside: Sequence[str] = (), **variables: str) -> None:
        self.inside = inside
        """`nsenter`, and where to."""
        self.variables = variables

    def python(self, lines: str) -> str:
        return self.run(sys.executable, "-c", lines)

    def javascript(self, lines: str) -> str:
        if not (NODE / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
        return self.run("node", "--input-type=module", "-e", lines, folder=NODE)

    def shell(
        self, lines: str, folder: Path | None = None, given: str = "", **variables: str
    ) -> str:
        return self.run("sh", "-ec", lines, folder=folder, given=given, variables=variables)

    def zsh(self, lines: str) -> str:
        """A shell that runs the last part of a pipe itself."""
        return self.run("bash", "-O", "lastpipe", "-ec", lines)

    def tool(self, settings: str, name: str, /, **arguments: Any) -> str:
        """What a tool answers to an MCP client with these settings."""
        call = {"settings": json.loads(settings), "tool": name, "arguments": arguments}
        program = (sys.executable, "-m", "tests.running.tools")
        return self.run(*program, folder=ROOT, given=json.dumps(call))

    def run(
        self,
        *command: str,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
        given: str = "",
    ) -> str:
        """What it prints. Fails with all it said unless it ends well."""
        place = folder or Path.cwd()
        inside = (*self.inside, f"--wd={place}") if self.inside else ()
        done = subprocess.run(
            [*inside, *command],
            cwd=place,
            env={**os.environ, **self.variables, **(variables or {})},
            input=given,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout
