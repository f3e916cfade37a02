"""Whom an app in a container calls, seen from outside of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from docker.models.containers import Container
from gradio_client import Client

from tests.running.composed import Stack, until
from tests.running.process import child
from tests.running.traced import STRACE, strangers

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
APPS = """apps:
  hello: {source: examples/hello}
  quiet: {source: examples/hello}
  reporting: {source: examples/hello, env: {GRADIO_ANALYTICS_ENABLED: "True"}}
"""


@contextmanager
def watched(container: Container, trace: Path) -> Iterator[None]:
    """All its processes; it has just been started: the first one, and what that one runs."""
    container.reload()
    first = psutil.Process(container.attrs["State"]["Pid"])
    below = until(lambda: first.children(recursive=True))
    pids = ",".join(str(one.pid) for one in (first, *below))
    command = [*STRACE, f"--output={trace}", f"--attach={pids}"]
    with child(command, folder=trace.parent, log=trace.with_suffix(".log"), environment={}):
        yield


def test_an_app_in_a_container_calls_nobody(stack: Stack, tmp_path: Path) -> None:
    """As it is, and with reports that the YAML has to ask for."""
    stack.configure(APPS)
    traces = {app: tmp_path / f"{app}.trace" for app in ("quiet", "reporting")}
    with ExitStack() as watching:
        for app, trace in traces.items():
            [container] = until(lambda app=app: stack.instances(app))
            watching.enter_context(watched(container, trace))
        for app in traces:
            until(lambda app=app: stack.answers(f"/{app}/config"))
            url = f"{stack.appliance.origin}/{app}/"
            client = Client(url, verbose=False, analytics_enabled=False)
            assert client.predict("Ada", "English", 1, api_name="/greet") == "Hello, Ada!"
    for trace in traces.values():
        assert "listen(" in trace.read_text(), "it was watched before it served anybody"
    assert strangers(traces["quiet"]) == []
    assert strangers(traces["reporting"]), "what would be there was seen where it was asked for"
    stack.configure("apps:\n  hello: {source: examples/hello}\n")
    until(lambda: not stack.instances("quiet") and not stack.instances("reporting"))
