"""The lines that an app's page gives for calling it from code, run as they are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.clients.test_node_client import NODE, program
from tests.integration.embedding.conftest import Site
from tests.integration.embedding.test_embedding import shoot
from tests.running import http

__all__ = ["program"]
pytestmark = pytest.mark.browser


@pytest.fixture
def lines(site: Site, tab: Page) -> dict[str, str]:
    """By language, for the endpoint with text alone."""
    tab.goto(f"{site.origin}/-/apps/hello/code")
    tab.get_by_label("Endpoint").last.select_option("/say")
    expect(tab.locator("#python")).to_contain_text("/say")
    shoot(tab, "code")
    keys = ("python", "javascript", "curl", "curl-names", "mcp")
    return {key: tab.locator(f"#{key}").text_content() or "" for key in keys}


def run(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_stands_there_works(site: Site, lines: dict[str, str], program: Path) -> None:
    assert run(sys.executable, "-c", lines["python"]).endswith("\nit's me\n")
    script = ("node", "--input-type=module", "-e", lines["javascript"])
    assert "it's me" in run(*script, folder=NODE)
    for key in ("curl", "curl-names"):
        assert 'data: ["it\'s me"]' in run("sh", "-ec", lines[key])
    server = json.loads(lines["mcp"])["mcpServers"]["hello"]
    answer = http.post(
        server["url"],
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"Accept": "application/json, text/event-stream"},
    )
    assert "say" in answer.text


def test_files_are_handed_over_as_the_clients_do(site: Site, tab: Page) -> None:
    tab.goto(f"{site.origin}/-/apps/hello/code")
    expect(tab.locator("#python")).to_contain_text("file=handle_file(")
    expect(tab.locator("#javascript")).to_contain_text('"file": handle_file(')
    expect(tab.locator("#curl")).to_contain_text('{"_type":"gradio.FileData"}')
