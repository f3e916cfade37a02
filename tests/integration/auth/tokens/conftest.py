"""A Gradio app behind the door, as the clients of programs find it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config.schema import Config
from tests.browser.conftest import browser, visit  # noqa: F401 - fixtures
from tests.integration.auth.conftest import APPS, Front, running
from tests.running.servers import Server, Servers

WHO = {"source": "who", "access": {"users": ["ada"]}}


@pytest.fixture
def door(front: Front, gradio_app: Server) -> Front:
    document = {"auth": {}, "apps": {**APPS, "who": WHO}}
    front.serve(Config.model_validate(document), running(("who", gradio_app.origin)))
    return front


@pytest.fixture
def url(door: Front) -> str:
    return f"http://{door.local_host}/who/"


@pytest.fixture
def limited(front: Front, gradio_app: Server) -> Front:
    who = {**WHO, "rate_limit": {"per_token": "1/h", "per_address": "1/h"}}
    document = {"auth": {}, "apps": {**APPS, "who": who}}
    front.serve(Config.model_validate(document), running(("who", gradio_app.origin)))
    return front


@pytest.fixture(scope="session")
def gradio_app(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A script with a login of its own, which the appliance's replaces."""
    yield from _with_a_login(front, tmp_path_factory.mktemp("servers"), "who", own=False)


@pytest.fixture(scope="session")
def own_app(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same one behind the appliance's (`login: script`)."""
    yield from _with_a_login(front, tmp_path_factory.mktemp("servers"), "own", own=True)


def _with_a_login(front: Front, folder: Path, name: str, *, own: bool) -> Iterator[Server]:
    servers = Servers(folder)
    with servers.running:
        yield servers.start(
            "who.py",
            text=SCRIPT,
            path=f"/{name}",
            trusted_proxies=["127.0.0.1"],
            identity={
                "audience": name,
                "keys": [front.door.keys.public_pem],
                "required": True,
                "own_login": own,
            },
        ).wait_until_ready()


SCRIPT = """
import threading

import gradio as gr

going = threading.Event()


def who(greeting: str, request: gr.Request) -> str:
    return f"{greeting} {request.username}"


def told(request: gr.Request) -> dict:
    names = ("remote-user", "remote-name", "remote-email", "remote-groups")
    names += ("authorization", "x-hf-authorization", "cookie")
    return {name: request.headers.get(name) for name in names}


def size(file: str) -> int:
    with open(file, "rb") as opened:
        return len(opened.read())


def steps():
    # Waits in the middle until it is told to go on.
    yield "first"
    yield "second" if going.wait(60) else "nobody came"
    going.clear()


def go() -> str:
    going.set()
    return "gone"


def copied(file: str) -> str:
    return file


with gr.Blocks() as demo:
    text, file = gr.Textbox(), gr.File()
    answer, count, facts, copy = gr.Textbox(), gr.Number(), gr.JSON(), gr.File()
    gr.Button().click(told, None, facts, api_name="told")
    gr.Button().click(who, text, answer, api_name="who")
    gr.Button().click(size, file, count, api_name="size")
    gr.Button().click(steps, None, answer, api_name="steps")
    gr.Button().click(go, None, answer, api_name="go")
    gr.Button().click(copied, file, copy, api_name="copied")

demo.launch(auth=("script", "secret"), mcp_server=True)
"""
