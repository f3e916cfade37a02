"""Gradio's own page tells its visitor what the door says."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.integration.auth.conftest import Front


@pytest.mark.browser
def test_gradios_page_is_told_when_it_calls_too_often(limited: Front, visit: Visit) -> None:
    name, _, value = limited.session()["Cookie"].partition("=")
    address = f"http://{limited.local_host}"
    visit.page.context.add_cookies([{"name": name, "value": value, "url": address}])
    visit.tolerated.add(429)
    page = visit.go(f"{address}/who/")
    button = page.get_by_role("button", name="Run", exact=True).first
    button.click()
    expect(page.get_by_text("ada@example.org")).to_be_visible()
    button.click()
    expect(page.get_by_text("Too many calls: the next one may be made in 60 min.")).to_be_visible()
