"""The lines that call an app for people, with the token that its page makes for them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.running.installation import ADDRESS, PASSWORD, Installation
from tests.running.lines import KINDS
from tests.running.waiting import sign_in

pytestmark = pytest.mark.browser
KNOWN = re.compile(r"username\W+ada\b")


def test_lines_with_a_token_of_ones_own_work(place: Installation, tab: Page, ada: None) -> None:
    tab.goto(place.url("notebook", "/-/apps/notebook/code"))
    sign_in(tab, "ada", PASSWORD)
    expect(tab.locator("#python")).to_contain_text('os.environ["TOKEN"]')
    without = tab.locator("#curl").text_content() or ""
    assert not KNOWN.search(place.shell(without, TOKEN="gat_of-nobody"))
    tab.get_by_role("link", name="Make a token for these lines").click()
    tab.get_by_role("button", name="Make token").click()
    secret = tab.get_by_label("Token", exact=True).inner_text()
    tab.get_by_role("link", name="Put it into the lines that call the app").click()
    for kind in KINDS[:4]:
        box = tab.locator(f"#{kind}")
        expect(box).to_contain_text(secret)
        run = place.machine.shell if kind.startswith("curl") else getattr(place.machine, kind)
        told = run(box.text_content() or "")
        assert KNOWN.search(told), kind
        assert ADDRESS in told, kind
