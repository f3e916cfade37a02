"""What a visitor does with the examples, in Chromium."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.clients.calls import PICTURE, TABLE
from tests.clients.test_node_client import program
from tests.running.appliance import Appliance
from tests.running.examples import NAMES
from tests.running.lines import lines_are_there
from tests.running.ssh import forwarded as by_ssh
from tests.running.waiting import wait_for_picture

__all__ = ["program"]
SEEN = {
    "cached-examples": "Julia sets",
    "chat": "Tell me about your day",
    "fastapi-mounted": "Converter",
    "files": "Send one file",
    "hello": "One Python function",
    "image-filter": "Upload a picture",
    "launch-options": "measurements.csv",
    "multi-page": "How a value grows",
    "request": "session",
    "server-mode": "Plain HTML in front",
}

KEEP_ALL_TEXTS_OF_THE_CHAT = """() => {
    window.texts = []
    const chat = document.querySelector("[aria-label='chatbot conversation']")
    const keep = () => window.texts.push(chat.innerText)
    new MutationObserver(keep).observe(chat, {subtree: true, childList: true, characterData: true})
}"""

pytestmark = pytest.mark.browser


@pytest.fixture
def forwarded(appliance: Appliance) -> Iterator[Appliance]:
    """The same appliance on another port, through `ssh -L`."""
    with by_ssh(appliance.port) as port:
        yield Appliance(appliance.way, f"http://localhost:{port}", appliance.file)


@pytest.mark.parametrize("app", NAMES)
def test_every_page_loads_whole_and_asks_nobody_else(
    app: str, appliance: Appliance, visit: Visit
) -> None:
    page = visit.go(appliance.url(app))
    expect(page.get_by_text(SEEN[app]).first).to_be_visible()
    page.wait_for_load_state("load")
    visit.shoot(f"{appliance.way}-{app}")


def test_hello_greets(appliance: Appliance, visit: Visit) -> None:
    greets(visit.go(appliance.url("hello")))


def test_a_picture_goes_up_and_its_filtered_twin_comes_back(
    appliance: Appliance, visit: Visit
) -> None:
    filters(visit.go(appliance.url("image-filter")))
    visit.shoot(f"{appliance.way}-image-filtered")


def test_through_a_forwarded_port_everything_works_on_that_port(
    forwarded: Appliance, visit: Visit
) -> None:
    greets(visit.go(forwarded.url("hello")))
    filters(visit.go(forwarded.url("image-filter")))


def test_a_chat_answer_grows_word_by_word(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(appliance.url("chat"))
    page.get_by_placeholder("Type a message...").fill("I want a faster app")
    expect(page.get_by_label("chatbot conversation")).to_be_attached()
    page.evaluate(KEEP_ALL_TEXTS_OF_THE_CHAT)
    page.keyboard.press("Enter")
    expect(page.get_by_text("What would change if you had a faster app?")).to_be_visible()
    answers = set(re.findall(r"^What.*", "\n".join(page.evaluate("window.texts")), re.MULTILINE))
    assert len(answers) > 3
    visit.shoot(f"{appliance.way}-chat-answered")


def test_files_go_up_and_one_archive_comes_down(
    appliance: Appliance, visit: Visit, tmp_path: Path
) -> None:
    page = visit.go(appliance.url("files"))
    page.locator("input[type=file]").first.set_input_files([PICTURE, TABLE])
    # Their names stand there while they are still on their way; links to them do not.
    for file in (PICTURE, TABLE):
        expect(page.get_by_role("row", name=file.stem).get_by_role("link")).to_be_visible()
    page.get_by_role("button", name="Pack").click()
    archive = page.get_by_role("row", name="bundle.zip").get_by_role("link")
    with page.expect_download() as download:
        archive.click()
    download.value.save_as(tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        assert bundle.read(TABLE.name) == TABLE.read_bytes()
        assert bundle.read(PICTURE.name) == PICTURE.read_bytes()
    visit.shoot(f"{appliance.way}-files-packed")


def test_a_cached_example_appears(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(appliance.url("cached-examples"))
    page.get_by_text("Dendrite").click()
    shows(page)


def test_pages_of_an_app_lead_to_each_other(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(appliance.url("multi-page"))
    page.get_by_role("link", name="Doubling").click()
    expect(page.get_by_text("How long until it is twice as much?")).to_be_visible()
    expect(page).to_have_url(appliance.url("multi-page", "doubling"))


def test_a_page_of_the_scripts_own_leads_to_its_gradio_page(
    appliance: Appliance, visit: Visit
) -> None:
    page = visit.go(appliance.url("fastapi-mounted"))
    page.get_by_text("Converter").click()
    page.get_by_label("number input for Celsius").fill("100")
    expect(page.get_by_label("Fahrenheit")).to_have_value("212")


def test_an_own_front_end_uses_the_queue(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(appliance.url("server-mode"))
    page.get_by_label("Text").fill("appliance")
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("img", name="QR code of appliance")).to_be_visible()


def test_the_app_sees_the_visitors_query(appliance: Appliance, visit: Visit) -> None:
    page = visit.go(appliance.url("request", "?colour=green"))
    # In quotes, as the facts are shown; the page's own words about it have none.
    expect(page.get_by_text('"colour"').first).to_be_visible()
    expect(page.get_by_text('"green"').first).to_be_visible()


def test_a_file_beyond_the_limit_is_refused_with_a_reason(
    appliance: Appliance, visit: Visit
) -> None:
    page = visit.go(appliance.url("launch-options"))
    too_large = {"name": "large.bin", "mimeType": "application/octet-stream"}
    page.locator("input[type=file]").first.set_input_files(
        [{**too_large, "buffer": bytes(1_100_000)}]
    )
    expect(page.get_by_text("maximum allowed size").first).to_be_visible()


def greets(page: Page) -> None:
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_value("Hello, Ada!")


def filters(page: Page) -> None:
    remove = page.get_by_label("Remove Image").or_(page.get_by_label("Clear")).first
    remove.click()
    expect(remove).to_be_hidden()
    page.locator("input[type=file]").first.set_input_files(PICTURE)
    # It has arrived; other pictures on the page, of the examples, were there before.
    expect(remove).to_be_visible()
    page.get_by_role("button", name="Apply").click()
    shows(page)


def shows(page: Page) -> None:
    """A result of Gradio's, loaded in full."""
    result = page.locator("img[src*='image.png'], img[src*='image.webp']").last
    expect(result).to_be_visible()
    wait_for_picture(result, wider_than=100)


def test_lines_of_the_apps_own_api_page_work(
    appliance: Appliance, visit: Visit, program: Path
) -> None:
    page = visit.go(appliance.url("hello"))
    # The page asks for statistics, which are closed, and for tools, which this app has none of.
    visit.tolerated |= {403, 404}
    page.get_by_role("button", name="Use via API").click()
    lines_are_there(page)
    visit.shoot(f"{appliance.way}-hello-api")
    lines = page.locator("pre").all_text_contents()
    [python] = [one for one in lines if one.startswith("from gradio_client")]
    assert "Hello, Hello!!!\n" in _run(sys.executable, "-c", python)
    [javascript] = [one for one in lines if one.startswith("import { Client }")]
    script = ("node", "--input-type=module", "-e", javascript)
    assert "Hello, Hello!!!" in _run(*script, folder=program.parent)
    [curl] = [one for one in lines if one.startswith("curl")]
    # Written for shells that run the last part of a pipe themselves, as zsh does.
    assert 'data: ["Hello, Hello!!!"]' in _run("bash", "-O", "lastpipe", "-ec", curl)


def _run(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
