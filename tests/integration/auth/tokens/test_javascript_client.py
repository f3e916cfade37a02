"""The stock JavaScript client in Node, unmodified, gets through the door as well."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.auth.conftest import PASSWORD, Front

NODE = Path(__file__).parents[3] / "clients/node"


@pytest.fixture(scope="session", autouse=True)
def _javascript_client() -> None:
    if not (NODE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True)


def asked(url: str, options: dict[str, Any], *calls: dict[str, Any]) -> Any:
    """All answers of each call, or what the program says when it fails."""
    done = subprocess.run(
        ["node", NODE / "calls.mjs"],
        input=json.dumps({"url": url, "options": options, "calls": calls}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return json.loads(done.stdout)["answers"] if done.returncode == 0 else done.stderr


def javascript(url: str, options: dict[str, Any]) -> Any:
    answers = asked(url, options, {"endpoint": "/who", "data": ["Hello"]})
    return answers if isinstance(answers, str) else answers[0][-1]


def test_javascript_signs_in_with_a_password(door: Front, url: str) -> None:
    assert javascript(url, {"auth": ["ada", PASSWORD]}) == ["Hello ada"]


def test_javascript_shows_a_token(door: Front, url: str) -> None:
    assert javascript(url, {"token": door.token()}) == ["Hello ada"]
    assert javascript(url, {"hf_token": door.token()}) == ["Hello ada"]
    bearer = {"Authorization": f"Bearer {door.token()}"}
    assert javascript(url, {"headers": bearer}) == ["Hello ada"]


def test_javascript_signs_in_with_a_token_as_password(door: Front, url: str) -> None:
    assert javascript(url, {"auth": ["ada", door.token()]}) == ["Hello ada"]


@pytest.mark.parametrize("how", ["token", "auth"])
def test_javascript_streams_uploads_and_downloads(door: Front, url: str, how: str) -> None:
    options = {"token": door.token()} if how == "token" else {"auth": ["ada", PASSWORD]}
    calls = (
        {"endpoint": "/steps", "data": [], "afterFirst": "/go"},
        {"endpoint": "/copied", "data": [{"upload": __file__}]},
    )
    steps, copied = asked(url, options, *calls)
    assert (steps[0], steps[-1]) == (["first"], ["second"])
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    assert copied == [[{"name": Path(__file__).name, "digest": digest}]]


def test_javascript_is_told_that_it_must_sign_in(door: Front, url: str) -> None:
    assert "Login credentials are required" in javascript(url, {})
    assert "Login credentials are required" in javascript(url, {"token": "gat_wrong"})
    assert "Invalid credentials" in javascript(url, {"auth": ["ada", "wrong password"]})


def test_javascript_is_told_that_an_app_is_for_others(door: Front, url: str) -> None:
    assert "received status 403" in javascript(url, {"token": door.token("bob")})
    assert "could not be loaded" in javascript(url, {"auth": ["bob", PASSWORD]})


def test_javascript_is_told_when_it_calls_too_often(limited: Front) -> None:
    shown = {"token": limited.token()}
    url = f"http://{limited.local_host}/who/"
    assert javascript(url, shown) == ["Hello ada"]
    assert "Too many calls: the next one may be made in" in javascript(url, shown)
