"""What the docs give to copy does what they say, typed as it stands there."""

import ast
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running.chromium import visitor
from tests.running.installation import ADDRESS, PASSWORD, Installation, token
from tests.running.markdown import block

pytestmark = pytest.mark.browser
BLOG = "https://blog.example.org"
END = "\nclient.close();\n"


def test_programs(place: Installation, ada: None) -> None:
    page = "docs/access.md"
    secret = token(place.shell(block(page, "sh", "tokens create")))
    python = block(page, "python", "Client(").replace("gat_…", secret)
    show = 'print(client.predict(api_name="/describe")[0])'
    told = ast.literal_eval(place.machine.python(f"{python}\n{show}").splitlines()[-1])
    assert (told["username"], told["client address"]) == ("ada", ADDRESS)
    place.machine.javascript(block(page, "js", "token:").replace("gat_…", secret) + END)
    said = place.shell(block(page, "sh", "gradio_api/info").replace("gat_…", secret))
    assert "/describe" in json.loads(said)["named_endpoints"]


def test_the_appliances_own_api(place: Installation, ada: None) -> None:
    make, *calls = block("docs/api.md", "sh", "--only manage").splitlines()
    secret = token(place.shell(make))
    listed, deployed = (place.shell(call, TOKEN=secret) for call in calls)
    assert [app["name"] for app in json.loads(listed)] == ["hello"]
    assert "detail" not in deployed, "a refusal says why"


@pytest.fixture
def blog(browser: Browser) -> Iterator[Page]:
    """A page of a site that the docs let embed the app."""
    with visitor(browser) as context:
        yield context.new_page()


def publish(blog: Page, body: str) -> None:
    page = f"<!doctype html><title>A blog</title>{body}"
    blog.route(f"{BLOG}/", lambda route: route.fulfill(body=page, content_type="text/html"))
    blog.goto(f"{BLOG}/")


def test_an_app_in_a_blog(blog: Page) -> None:
    page = "docs/embedding.md"
    listens = block(page, "js", "render").replace("…", "document.title = 'drawn';")
    publish(blog, f"{block(page, 'html', '<gradio-app')}<script>{listens}</script>")
    blog.get_by_role("button", name="Submit").click()
    expect(blog.get_by_label("Greeting")).to_have_value("Hello you")
    expect(blog).to_have_title("drawn")


def test_an_app_in_a_frame(blog: Page) -> None:
    publish(blog, block("docs/embedding.md", "html", "<iframe"))
    frame = blog.frame_locator("iframe")
    frame.get_by_role("button", name="Submit").click()
    expect(frame.get_by_label("Greeting")).to_have_value("Hello you")


def test_who_may_see_what(place: Installation) -> None:
    """Whether the app runs is not what it is about."""
    place.appliance("users", "create", "bob", given=PASSWORD)
    command, _, answer = block("docs/access.md", "console", "payroll").partition("\n")
    (place.folder / "payroll").mkdir()
    with place.configured(block("docs/access.md", "yaml", "payroll")):
        told = place.shell(f"{command.removeprefix('$ ')} || [ $? = 1 ]")
    assert " ".join(told.split()) == " ".join(answer.split())
