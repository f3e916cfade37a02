"""The stock Python client, unmodified, gets from the appliance what `python app.py` gives."""

import time
import zipfile
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from tests.clients.calls import CALLS, PICTURE, TABLE, Call, ask, for_python, placeless
from tests.running.appliance import Appliance
from tests.running.examples import GRADIO_PAGE, NAMES
from tests.running.native import Native
from tests.running.process import PATIENCE

Connect = Callable[[str], Client]


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    def connect(url: str) -> Client:
        return Client(url, download_files=tmp_path, verbose=False)

    return connect


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_answers_are_those_of_the_script_run_by_hand(
    call: Call, appliance: Appliance, native: Native, connect: Connect
) -> None:
    answers = ask(connect(appliance.url(call.app, call.page)), call)
    assert answers
    with native.awake(call.app, call.page) as url:
        assert answers == ask(connect(url), call)


@pytest.mark.parametrize("app", NAMES)
def test_the_api_is_described_as_by_the_script_run_by_hand(
    app: str, appliance: Appliance, native: Native, connect: Connect
) -> None:
    page = GRADIO_PAGE.get(app, "")

    def described(url: str) -> Any:
        return placeless(connect(url).view_api(print_info=False, return_format="dict"))

    found = described(appliance.url(app, page))
    assert found["named_endpoints"]
    with native.awake(app, page) as url:
        assert found == described(url)


def test_an_answer_streams_while_it_is_made(appliance: Appliance, connect: Connect) -> None:
    job = connect(appliance.url("chat")).submit("I want a faster app", 0.5, api_name="/chat")
    first = next(iter(job))
    assert not job.done()
    assert job.result(timeout=60).startswith(first)
    assert len(job.outputs()) > 3


def test_a_cancelled_call_ends_and_the_app_goes_on(appliance: Appliance, connect: Connect) -> None:
    client = connect(appliance.url("chat"))
    slow = client.submit("I want a faster app", 2, api_name="/chat")
    next(iter(slow))
    slow.cancel()
    deadline = time.monotonic() + PATIENCE
    while not slow.done():
        assert time.monotonic() < deadline, "the cancelled call goes on"
        time.sleep(0.05)
    assert len(slow.outputs()) < 5
    assert client.predict("hello", 0, api_name="/chat") == "Hello. What is on your mind today?"


def test_files_go_up_and_come_down_byte_for_byte(appliance: Appliance, connect: Connect) -> None:
    sent = [PICTURE, TABLE]
    _, archive = connect(appliance.url("files")).predict(for_python(sent), api_name="/pack")
    with zipfile.ZipFile(archive) as bundle:
        received = {name: bundle.read(name) for name in bundle.namelist()}
    assert received == {path.name: path.read_bytes() for path in sent}


def test_a_large_file_comes_back_unchanged(
    appliance: Appliance, connect: Connect, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 4 * 4096 * 8)
    back = connect(appliance.url("files")).predict(for_python(large), api_name="/give_back")
    assert Path(back).read_bytes() == large.read_bytes()


def test_the_caller_is_seen_by_the_app(appliance: Appliance, tmp_path: Path) -> None:
    headers = {"X-Job": "7", "Cookie": "flavour=plain"}
    url = appliance.url("request")
    client = Client(url, download_files=tmp_path, verbose=False, headers=headers)
    facts, seen = client.predict(api_name="/describe")
    called = facts.pop("url")
    assert called.startswith(url)
    assert ip_address(facts.pop("client address"))
    assert facts == {
        "username": None,
        "query parameters": {},
        "path parameters": {},
        "cookies": {"flavour": "plain"},
        "session": client.session_hash,
    }
    arrived = dict(seen["data"])
    assert arrived["user-agent"].startswith("gradio_client/")
    assert arrived["x-job"] == "7"
    assert arrived["host"] == url.split("/")[2]
