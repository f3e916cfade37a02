"""The stock JavaScript client in Node gets from the appliance what `python app.py` gives."""

import json
import subprocess
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.clients.calls import CALLS, Call, placeless
from tests.running.appliance import Appliance
from tests.running.examples import GRADIO_PAGE
from tests.running.native import Native

NODE = Path(__file__).parent / "node"
CALLS_OF = {app: list(calls) for app, calls in groupby(CALLS, lambda call: call.app)}


@pytest.fixture(scope="session")
def program() -> Path:
    """The Node program, with the client in the version of the lock."""
    if not (NODE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)
    return NODE / "calls.mjs"


def run(program: Path, url: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """What the Node program prints. Raises with its standard error."""
    done = subprocess.run(
        ["node", program],
        input=json.dumps({"url": url, "calls": calls}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return placeless(json.loads(done.stdout))


def for_node(value: Any) -> Any:
    """Paths become uploads, at any depth."""
    if isinstance(value, Path):
        return {"upload": str(value)}
    return [for_node(item) for item in value] if isinstance(value, list | tuple) else value


def as_json(call: Call) -> dict[str, Any]:
    return {"endpoint": call.endpoint, "data": for_node(call.data)}


@pytest.mark.parametrize("app", CALLS_OF)
def test_answers_are_those_of_the_script_run_by_hand(
    app: str, appliance: Appliance, native: Native, program: Path
) -> None:
    page = GRADIO_PAGE.get(app, "")
    calls = [as_json(call) for call in CALLS_OF[app]]
    seen = run(program, appliance.url(app, page), calls)
    assert all(seen["answers"])
    with native.awake(app, page) as url:
        assert seen == run(program, url, calls)


def test_an_answer_streams_while_it_is_made(appliance: Appliance, program: Path) -> None:
    call = {"endpoint": "/chat", "data": ["I want a faster app", 0.1]}
    [answers] = run(program, appliance.url("chat"), [call])["answers"]
    assert len(answers) > 3
    assert answers[-1] == ["What would change if you had a faster app?"]


def test_a_cancelled_call_ends_and_the_app_goes_on(appliance: Appliance, program: Path) -> None:
    calls = [
        {"endpoint": "/chat", "data": ["I want a faster app", 2], "cancelAfter": 1},
        {"endpoint": "/chat", "data": ["hello", 0]},
    ]
    cancelled, after = run(program, appliance.url("chat"), calls)["answers"]
    assert cancelled == [["What"]]
    assert after[-1] == ["Hello. What is on your mind today?"]
