"""Share links of a stack: the clients' port is published, the relay keeps what it knows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running import grafana
from tests.running.composed import Stack, until
from tests.running.process import child
from tests.running.relay import gradios_client
from tests.running.upstream import Upstream, serving

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_EXEC = ("exec", "--no-TTY", "control", "appliance")
_METRICS = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8002/metrics').read().decode())"
)
HELLO = "apps:\n  hello: {source: examples/hello}\n"


def test_a_named_link_works_and_survives_the_relays_container(stack: Stack, tmp_path: Path) -> None:
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
        stack.run("restart", "relay")
        until(lambda: stack.visit("chat.share.localhost").get("name") == "shared")
    stack.configure(HELLO)
    until(lambda: not json.loads(stack.run(*_EXEC, "status", "--json"))["relay"]["listening"])


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
