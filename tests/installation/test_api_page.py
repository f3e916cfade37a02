"""The page about its API that an app itself has, at a host of the app's own."""

import pytest
from playwright.sync_api import Page

from tests.running.installation import Installation
from tests.running.lines import gradios_own

pytestmark = pytest.mark.browser


def test_lines_of_the_apps_own_api_page_work(place: Installation, tab: Page) -> None:
    url = place.url("hello").rstrip("/")
    for kind, lines in gradios_own(tab, url).items():
        assert url in lines
        assert "Hello you" in getattr(place.machine, kind)(lines)


def test_what_it_says_to_an_mcp_client_works(place: Installation, tab: Page) -> None:
    gradios_own(tab, place.url("hello"))
    tab.get_by_role("listitem").filter(has_text="MCP").click()
    settings = tab.locator("code", has_text="mcpServers").first.text_content() or ""
    assert place.machine.tool(settings.strip(), "hello", name="Ada") == "Hello Ada"
