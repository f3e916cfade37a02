"""Share links of a stack: the clients' port is published, the relay keeps what it knows."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from tests.running import grafana
from tests.running.composed import Stack, until
from tests.running.examples import FOLDER
from tests.running.names import below_localhost
from tests.running.process import child, free_port
from tests.running.relay import gradios_client
from tests.running.upstream import Upstream, serving

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_EXEC = ("exec", "--no-TTY", "control", "appliance")
_METRICS = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8002/metrics').read().decode())"
)
HELLO = "apps:\n  hello: {source: examples/hello}\n"


def test_a_named_link_works_and_survives_the_relays_container(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below_localhost(monkeypatch)
    stack.configure(f"share: {{}}\n{HELLO}")
    made = stack.run(*_EXEC, "keys", "create", "ada", "--json")
    app, log = Upstream("shared"), tmp_path / "client.log"
    command = gradios_client(
        f"localhost:{stack.share_port}",
        int(app.url.rpartition(":")[2]),
        f"chat:{json.loads(made)['secret']}",
    )
    with serving(app, app.url), child(command, folder=tmp_path, log=log, environment={}):
        url = f"start proxy success: http://chat.share.localhost:{stack.port}"
        until(lambda: url in log.read_text())
        seen = dict(stack.visit("chat.share.localhost")["headers"])
        # Traefik's word is believed, a visitor's is not.
        assert seen["x-forwarded-host"] == f"chat.share.localhost:{stack.port}"
        assert "6.6.6.6" not in seen["x-forwarded-for"]
        _visits_are_counted(stack)
        events, story = tmp_path / "events.log", ["share.opened", "lost", "share.opened"]
        following = ("docker", "compose", *_EXEC, "shares", "events", "--follow", "--json")
        with child(following, folder=stack.folder, log=events, environment={}):
            until(lambda: happened(events)[-1:])
            stack.run("restart", "relay")
            until(lambda: stack.visit("chat.share.localhost").get("name") == "shared")
            until(lambda: _of(story, happened(events)) == story)
    _the_app_learns_who_asks_for_what(stack, tmp_path)
    stack.configure(HELLO)
    until(lambda: not json.loads(stack.run(*_EXEC, "status", "--json"))["relay"]["listening"])


def happened(log: Path) -> list[str]:
    lines = log.read_text().splitlines()
    return [json.loads(line)["event"] for line in lines if line.startswith("{")]


def _of(story: list[str], told: list[str]) -> list[str]:
    """What belongs to a story."""
    return [name for name in told if name in story]


def _the_app_learns_who_asks_for_what(stack: Stack, folder: Path) -> None:
    """The example, shared from where it runs."""
    port, log, ready = free_port(), folder / "request.log", "Running on local URL"
    environment = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "-u", str(FOLDER / "request" / "app.py")]
    opened = "start proxy success: "
    sharing = gradios_client(f"localhost:{stack.share_port}", port, "request")
    said = folder / "said.log"
    with (
        child(command, folder=folder, log=log, environment=environment),
        child(sharing, folder=folder, log=said, environment={}),
    ):
        until(lambda: ready in log.read_text() and opened in said.read_text())
        url = said.read_text().split(opened)[1].split()[0]
        claims = {"X-Job": "7", "Remote-User": "root", "X-Forwarded-For": "6.6.6.6"}
        told = Client(url, verbose=False, headers=claims)
        facts, table = told.predict(api_name="/describe")
    headers = dict(table["data"])
    assert facts["url"].startswith(url)
    assert facts["username"] is None
    assert facts["client address"] == headers["x-forwarded-for"].split(",")[0]
    assert "6.6.6.6" not in headers["x-forwarded-for"]
    assert headers["x-job"] == "7"
    assert "remote-user" not in headers


def _visits_are_counted(stack: Stack) -> None:
    """Of an app in its container and of a share; Prometheus finds all on the internal network."""

    def told(*words: str) -> list[dict[str, Any]]:
        days: list[dict[str, Any]] = json.loads(stack.run(*_EXEC, "visits", *words, "--json"))[
            "days"
        ]
        return days

    until(lambda: stack.answers("/hello/"))
    until(lambda: stack.get("/hello/").is_success and told("hello"))
    assert told("hello")[-1]["visitors"] >= 1
    until(lambda: stack.visit("chat.share.localhost") and told("chat", "--shares"))
    text = stack.run("exec", "--no-TTY", "control", "python", "-c", _METRICS)
    assert grafana.missing(text) == set()
    for process in ("control", "apps", "relay", "proxy"):
        assert f'appliance_up{{process="{process}"}} 1.0' in text
    assert 'appliance_visits_requests_total{app="hello"}' in text
    for path in ("/metrics", "/hello/metrics", "/hello/visitz"):
        assert stack.get(path).status_code == 404
