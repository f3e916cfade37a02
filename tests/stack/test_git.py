"""An app from a Git server: its commits become releases, also in containers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running.composed import Stack, until
from tests.running.repository import Repository, served

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_APPLIANCE = ("exec", "--no-TTY", "control", "appliance")
_SCRIPT = "import gradio as gr\ndemo = gr.Interface(lambda: 1, None, 'number', title='{}')\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def url(stack: Stack, repository: Repository) -> Iterator[str]:
    """Served to the app host, whose network's gateway is this machine."""
    network = stack.client.networks.get(f"{stack.project}_a-apps")
    with served(repository, network.attrs["IPAM"]["Config"][0]["Gateway"]) as served_at:
        yield served_at


def title(stack: Stack, app: str) -> str:
    try:
        answer = stack.get(f"/{app}/config")
    except httpx.HTTPError:
        return ""
    return str(answer.json()["title"]) if answer.is_success else ""


def test_commits_of_a_branch_become_releases_and_a_broken_one_keeps_the_former(
    stack: Stack, repository: Repository, url: str
) -> None:
    pinned = repository.commit(_SCRIPT.format("one"))
    hello = "apps:\n  hello: {source: examples/hello}\n"
    moving = f"  moving: {{source: {{git: '{url}', ref: main}}}}\n"
    fixed = f"  fixed: {{source: {{git: '{url}', ref: {pinned}}}}}\n"
    stack.configure(hello + moving + fixed)
    until(lambda: title(stack, "moving") == "one")
    until(lambda: title(stack, "fixed") == "one")
    untouched = [container.id for container in stack.instances("hello")]

    repository.commit(_SCRIPT.format("two"))
    for app in ("moving", "fixed"):
        stack.run(*_APPLIANCE, "apps", "deploy", app)
    until(lambda: title(stack, "moving") == "two")
    assert title(stack, "fixed") == "one"

    repository.commit("raise ValueError('this commit is broken')\n")
    stack.run(*_APPLIANCE, "apps", "deploy", "moving")
    told = (*_APPLIANCE, "apps", "--json")
    until(lambda: "this commit is broken" in stack.run(*told))
    assert title(stack, "moving") == "two"
    assert [container.id for container in stack.instances("hello")] == untouched

    stack.configure(hello)
    until(lambda: not stack.instances("moving") and not stack.instances("fixed"))
