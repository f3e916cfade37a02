"""What a page makes hard for people who see, hear or point otherwise, as axe-core finds it."""

import subprocess
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.running.examples import ROOT

_NODE = ROOT / "tests" / "clients" / "node"
_SCRIPT = _NODE / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = ("serious", "critical")


def faults(page: Page) -> list[str]:
    """One line each, with the elements; empty for a page that everybody can use."""
    # Before its styles have come, everything is pale, small and in the way.
    page.wait_for_load_state()
    # Not as a script of the page: its Content-Security-Policy allows none but its own.
    page.evaluate(_source())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{fault['id']}: {fault['help']}: {[node['html'][:120] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in _GRAVE
    ]


@cache
def _source() -> str:
    if not _SCRIPT.is_file():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=_NODE, check=True)
    return _SCRIPT.read_text()
