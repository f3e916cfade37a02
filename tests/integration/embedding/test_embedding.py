"""An app in other sites' pages, in a real browser, by what its page says to copy."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import FrameLocator, Page, expect

from tests.integration.embedding.conftest import Site
from tests.running import http
from tests.running.chromium import shoot
from tests.running.waiting import remember_words, wait_for_picture, wait_for_words

pytestmark = pytest.mark.browser

LISTEN = "<script>let renders = 0; addEventListener('render', () => renders++)</script>"


def use(page: Page | FrameLocator, file: Path) -> None:
    """Upload something, and have an answer made."""
    file.write_text("abc")
    page.get_by_label("name").fill("Ada")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_role("link", name="3.0 B")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_value("Hello Ada, 3 letters")


def pictured(page: Page, name: str) -> None:
    shoot(page, f"embedding-{name}", full_page=True)


def test_the_web_component_works_on_a_site_that_may(site: Site, tab: Page, tmp_path: Path) -> None:
    tab.goto(site.friend.publish("/component", LISTEN + site.snippet("component")))
    use(tab, tmp_path / "greeted.txt")
    tab.wait_for_function("renders > 0")
    assert tab.evaluate("renders") == 1
    # Its own style sheet has come, though the app is below a path.
    expect(tab.get_by_role("button", name="Submit")).to_have_css("cursor", "pointer")
    assert site.origin in str(tab.evaluate("[...document.styleSheets].map((s) => s.href)"))
    pictured(tab, "component")


def test_an_element_without_an_address_shows_the_app_of_its_script(site: Site, tab: Page) -> None:
    script = f'<script type="module" src="{site.app}gradio.js"></script>'
    element = '<gradio-app control_page_title="true" theme_mode="dark" eager="true"></gradio-app>'
    tab.goto(site.friend.publish("/short", script + element))
    expect(tab.get_by_label("name")).to_be_visible()
    expect(tab).to_have_title("Gradio")


def test_a_site_that_may_not_is_told_so(site: Site, tab: Page) -> None:
    tab.goto(site.stranger.publish("/component", site.snippet("component")))
    expect(tab.get_by_text("is not among the sites that may embed it")).to_be_visible()
    expect(tab.get_by_role("link", name="Open the app")).to_have_attribute("href", site.app)


def test_a_frame_grows_with_the_app(site: Site, tab: Page, tmp_path: Path) -> None:
    tab.goto(site.friend.publish("/frame", site.snippet("frame")))
    frame = tab.frame_locator("iframe")
    use(frame, tmp_path / "greeted.txt")
    tab.wait_for_function("document.querySelector('iframe').offsetHeight > 400")
    scrolls = "document.documentElement.scrollHeight > innerHeight + 1"
    inner = tab.frames[1]
    inner.wait_for_function(f"!({scrolls})")
    pictured(tab, "frame")


def test_no_frame_of_another_site_shows_it(site: Site, tab: Page) -> None:
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text))
    with tab.expect_console_message(lambda message: "frame-ancestors" in message.text):
        tab.goto(site.stranger.publish("/frame", site.snippet("frame")))
    assert all(site.origin not in frame.url for frame in tab.frames[1:])


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_the_page_shows_what_it_gives(site: Site, tab: Page, width: int, scheme: str) -> None:
    complaints: list[str] = []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.set_viewport_size({"width": width, "height": 850})
    tab.goto(site.page)
    expect(tab.frame_locator("iframe").get_by_role("button", name="Submit")).to_be_visible()
    tab.get_by_label("Colours").select_option("dark")
    expect(tab.locator("#component")).to_contain_text('theme_mode="dark"')
    expect(tab.frame_locator("iframe").get_by_role("button", name="Submit")).to_be_visible()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    remember_words(tab)
    tab.get_by_role("button", name="Copy: Web component").click()
    wait_for_words(tab, "Copied")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied == tab.locator("#component").text_content()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    pictured(tab, f"page-{scheme}")
    assert complaints == []


def test_the_address_opens_the_app_as_it_was_chosen(site: Site, tab: Page, tmp_path: Path) -> None:
    tab.goto(site.snippet("address", "?theme_mode=dark"))
    use(tab, tmp_path / "greeted.txt")
    expect(tab.locator("body")).to_have_class(re.compile("dark"))


def test_the_badge_in_a_readme_shows_how_the_app_is(site: Site, tab: Page) -> None:
    """On any site: a badge shows no more than itself."""
    readme = MarkdownIt().render(f"# Mine\n\n{site.snippet('badge')} and so on\n")
    tab.goto(site.stranger.publish("/readme", readme))
    badge = tab.get_by_role("link").get_by_role("img", name="Hello")
    wait_for_picture(badge, wider_than=60)
    pictured(tab, "badge")
    picture = http.get(str(badge.get_attribute("src")))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "Hello: live" in picture.text
    badge.click()
    expect(tab.get_by_role("button", name="Submit")).to_be_visible()
    expect(tab).to_have_url(site.app)
