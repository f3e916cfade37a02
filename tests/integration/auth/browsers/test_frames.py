"""An app for people who sign in, in a frame of another origin of the same site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from appliance.config.schema import Config
from tests.integration.auth.conftest import APPS, PASSWORD, Front, running
from tests.integration.embedding.conftest import Blog, browser
from tests.running.chromium import shoot, visitor
from tests.running.process import free_port
from tests.running.upstream import serving
from tests.running.waiting import close_by, sign_in

__all__ = ["browser"]
FRAME = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def blog(front: Front) -> Iterator[Blog]:
    """May embed the app for a group."""
    blog = Blog(f"http://localhost:{free_port()}")
    team = {**APPS["team"], "embed": {"origins": [blog.origin]}}
    front.serve(Config.model_validate({"auth": {}, "apps": {**APPS, "team": team}}), running())
    with serving(blog, blog.origin):
        yield blog


def test_a_frame_says_that_one_has_to_sign_in(front: Front, blog: Blog) -> None:
    answer = front.ask("/team/", headers=FRAME)
    assert answer.status_code == 401
    assert "Sign in to use this app" in answer.text
    assert f"frame-ancestors 'self' {blog.origin}" in answer.headers["content-security-policy"]
    other = front.ask("/anyone/", headers=FRAME)
    assert other.headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_the_lines_to_copy_carry_no_secret_and_say_where_it_goes(front: Front, blog: Blog) -> None:
    page = front.ask("/-/apps/team/code", headers={**front.session(), "Accept": "text/html"})
    assert page.status_code == 200
    assert 'data-guarded="yes"' in page.text
    assert 'href="/-/account/tokens/new?label=Code+for+team' in page.text


def test_whoever_may_not_see_an_app_gets_no_page_of_it(front: Front, blog: Blog) -> None:
    asked = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    for page in ("embed", "code"):
        assert front.ask(f"/-/apps/team/{page}", headers=asked).status_code == 302
        known = {**asked, **front.session("bob")}
        assert front.ask(f"/-/apps/team/{page}", headers=known).status_code == 403
    assert front.ask("/-/apps/team/badge.svg").status_code == 404


@pytest.mark.browser
def test_the_frame_shows_the_app_once_its_visitor_has_signed_in(
    front: Front, blog: Blog, browser: Browser
) -> None:
    app = f"http://{front.local_host}/team/"
    url = blog.publish("/", f'<iframe src="{app}" width="700" height="500"></iframe>')
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(url)
        frame = page.frame_locator("iframe")
        link = frame.get_by_role("button", name="Sign in")
        expect(link).to_be_visible()
        shoot(page, "embedding-sign-in")
        with context.expect_page() as opened:
            link.click()
        window = opened.value
        sign_in(window, "ada", PASSWORD)
        close_by(window.get_by_role("button", name="Show it there"))
        expect(frame.get_by_text('"headers"')).to_be_visible()
