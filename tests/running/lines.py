"""Lines that a page gives to copy, run as they are by what they are written for."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.running.examples import ROOT

NODE = ROOT / "tests" / "clients" / "node"
KINDS = ("python", "javascript", "curl", "curl-names", "mcp")


def shown(tab: Page, address: str, endpoint: str) -> dict[str, str]:
    """By kind, from an app's page about calling it from code."""
    tab.goto(address)
    tab.get_by_label("Endpoint").last.select_option(endpoint)
    expect(tab.locator("#python")).to_contain_text(f'"{endpoint}"')
    return {kind: tab.locator(f"#{kind}").text_content() or "" for kind in KINDS}


class Machine:
    """Where they are copied to."""

    def __init__(self, inside: Sequence[str] = (), **variables: str) -> None:
        self.inside = inside
        """A program that runs the others, and where."""
        self.variables = variables

    def python(self, lines: str) -> str:
        return self.run(sys.executable, "-c", lines)

    def javascript(self, lines: str) -> str:
        if not (NODE / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
        return self.run("node", "--input-type=module", "-e", lines, folder=NODE)

    def shell(self, lines: str, folder: Path | None = None, **variables: str) -> str:
        return self.run("sh", "-ec", lines, folder=folder, variables=variables)

    def tool(self, settings: str, name: str, **arguments: Any) -> str:
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
        done = subprocess.run(
            [*self.inside, *command],
            cwd=folder,
            env={**os.environ, **self.variables, **(variables or {})},
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout
