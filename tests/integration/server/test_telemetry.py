"""Whom a started app calls: every attempt of all its processes, as the kernel sees it."""

import pytest
from gradio_client import Client

from tests.running.servers import Server, Servers
from tests.running.traced import STRACE, strangers

SCRIPT = """
import gradio as gr

demo = gr.Interface(lambda name: f"Hello {name}", "text", "text", api_name="greet",
                    examples=["Ada"], cache_examples=False)
demo.launch()
"""


class Watched:
    """An app server with everything it tries, names that it asks for included."""

    def __init__(self, servers: Servers, name: str, **variables: str) -> None:
        self.trace = servers.folder / f"{name}.trace"
        self.server: Server = servers.start(
            "quiet.py",
            name=name,
            text=SCRIPT,
            environment={"PATH": "/usr/local/bin:/usr/bin:/bin", **variables},
            under=(*STRACE, "-D", f"--output={self.trace}"),
        )


@pytest.fixture(scope="module")
def watched(servers: Servers) -> tuple[Watched, Watched]:
    """As an appliance runs it, and with reports that the YAML would have to ask for."""
    quiet = Watched(servers, "quiet")
    reporting = Watched(servers, "reporting", GRADIO_ANALYTICS_ENABLED="True")
    for one in (quiet, reporting):
        one.server.wait_until_ready()
    return quiet, reporting


def test_an_app_calls_nobody(watched: tuple[Watched, Watched]) -> None:
    quiet, reporting = watched
    for one in watched:
        # As visitors do, not as a program with telemetry of its own.
        assert one.server.config()["version"]
        client = Client(one.server.url, verbose=False, analytics_enabled=False)
        assert client.predict("Ada", api_name="/greet") == "Hello Ada"
    assert "127.0.0.1" in quiet.trace.read_text(), "its own warm-up was seen"
    assert strangers(quiet.trace) == []
    assert strangers(reporting.trace), "what would be there was seen where it was asked for"
