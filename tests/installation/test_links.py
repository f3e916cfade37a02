"""A link from a laptop, and what the app behind it learns of those who come."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.running import notebook
from tests.running.installation import ADDRESS, Installation, token
from tests.running.lines import gradios_own
from tests.running.markdown import block
from tests.running.notebook import PORT, Notebook

pytestmark = pytest.mark.browser
DOCS = "docs/shares.md"
SHOW = 'print(client.predict(api_name="/describe"))'


@pytest.fixture(scope="module")
def link(place: Installation) -> Iterator[Notebook]:
    with notebook.shared(place) as made:
        yield made


def described(place: Installation, url: str, lines: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts and headers, as the app saw them."""
    head = f"from gradio_client import Client\nurl = {url!r}\n"
    told = place.machine.python(f"{head}{lines}\n{SHOW}").splitlines()[-1]
    facts, table = ast.literal_eval(told)
    return facts, dict(table["data"])


def test_the_apps_own_api_page_knows_the_link(
    place: Installation, link: Notebook, tab: Page
) -> None:
    assert link.url == place.url("chat.share").rstrip("/")
    for kind, lines in gradios_own(tab, f"{link.url}/?colour=green").items():
        assert link.url in lines
        assert ADDRESS in getattr(place.machine, kind)(lines)


@pytest.fixture
def password(place: Installation, link: Notebook) -> Iterator[str]:
    """One that the appliance makes for the link."""
    protect, unprotect = (
        line.replace("NAME", "chat") for line in block(DOCS, "sh", "protect NAME").splitlines()
    )
    found = re.search(r"\w{4}-\w{4}-\w{4}-\w{4}", place.shell(protect))
    assert found
    yield found[0]
    place.shell(unprotect)


def lines(language: str, containing: str, password: str) -> str:
    return block(DOCS, language, containing).replace("open sesame", password)


def test_a_link_with_a_password_is_called_as_the_docs_say(
    place: Installation, link: Notebook, password: str
) -> None:
    facts, headers = described(place, link.url, lines("python", "anything", password))
    assert facts.pop("url").startswith(f"{link.url}/")
    assert facts.pop("session")
    assert facts == {
        "username": None,
        "client address": ADDRESS,
        "query parameters": {},
        "path parameters": {},
        "cookies": {},
    }
    assert headers["x-forwarded-for"] == ADDRESS
    assert password not in str(headers)
    head = f'import {{ Client }} from "@gradio/client";\nconst url = "{link.url}";\n'
    tail = 'console.log((await client.predict("/describe")).data[0]);\nclient.close();\n'
    assert ADDRESS in place.machine.javascript(head + lines("js", "X-Link", password) + tail)
    assert '"version"' not in place.shell(f"curl {link.url}/config")
    for line in lines("sh", "X-Link", password).splitlines():
        assert '"version"' in place.shell(line.replace("https://…", f"{link.url}/config"))


def test_a_link_for_people_does_not_tell_who_they_are(
    place: Installation, link: Notebook, password: str, ada: None
) -> None:
    secret = token(place.appliance("tokens", "create", "ada", "everything"))
    named = f"token = {secret!r}\n{lines('python', 'Bearer', password)}"
    with place.configured(block(DOCS, "yaml", "who_can_view")):
        facts, headers = described(place, link.url, named)
        assert '"version"' not in place.shell(f"curl -u any:{password} {link.url}/config")
    assert (facts["username"], facts["client address"]) == (None, ADDRESS)
    assert "ada" not in str(headers.values())
    assert secret not in str(headers)


def test_the_appliances_own_client_does_the_same(place: Installation, link: Notebook) -> None:
    lines = block("docs/share-client.md", "sh", "--name chat")
    mine = lines.replace("=...", f"={link.key}").replace("chat", "board").replace("7860", str(PORT))
    with place.running("sh", "-ec", mine) as word:
        url = word("https://").split()[-1]
        assert url.rstrip("/") == place.url("board.share").rstrip("/")
        assert '"version"' in place.shell(f"curl {url.rstrip('/')}/config")
