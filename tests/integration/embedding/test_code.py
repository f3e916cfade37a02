"""The lines that an app's page gives for calling it from code, run as they are."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, Route, expect

from tests.integration.embedding.conftest import Site
from tests.integration.embedding.test_embedding import shoot
from tests.running.lines import Machine, shown

pytestmark = pytest.mark.browser


@pytest.fixture
def machine() -> Machine:
    return Machine()


def lines(site: Site, tab: Page, endpoint: str) -> dict[str, str]:
    return shown(tab, f"{site.origin}/-/apps/hello/code", endpoint)


def test_what_stands_there_works(site: Site, tab: Page, machine: Machine) -> None:
    written = lines(site, tab, "/say")
    shoot(tab, "code")
    assert machine.python(written["python"]).endswith("\nit's me\n")
    assert "it's me" in machine.javascript(written["javascript"])
    for kind in ("curl", "curl-names"):
        assert 'data: ["it\'s me"]' in machine.shell(written[kind])
    assert machine.tool(written["mcp"], "say", word="by a tool") == "by a tool"


def test_an_endpoint_that_answers_step_by_step_is_read_so(
    site: Site, tab: Page, machine: Machine
) -> None:
    written = lines(site, tab, "/count")
    shoot(tab, "code-streaming")
    assert machine.python(written["python"]).endswith("\n1\n2\n3\n")
    printed = re.findall(r"\d", machine.javascript(written["javascript"]))
    assert "".join(printed).startswith("123")
    for kind in ("curl", "curl-names"):
        streamed = machine.shell(written[kind])
        steps = [f"event: generating\ndata: [{number}]" for number in (1, 2, 3)]
        assert [step for step in steps if step in streamed] == steps


def test_an_app_that_is_away_is_asked_again_until_it_answers(site: Site, tab: Page) -> None:
    def away(route: Route) -> None:
        route.fulfill(status=503, body="{}")

    tab.route("**/gradio_api/info", away)
    tab.goto(f"{site.origin}/-/apps/hello/code")
    expect(tab.get_by_role("status")).to_contain_text("It is asked again every few seconds.")
    tab.unroute("**/gradio_api/info", away)
    expect(tab.get_by_role("combobox", name="Endpoint")).to_be_visible()
    expect(tab.get_by_role("status")).to_be_hidden()


@pytest.mark.parametrize("kind", ["python", "javascript"])
def test_what_goes_wrong_on_the_way_is_not_hidden(
    site: Site, tab: Page, machine: Machine, kind: str
) -> None:
    written = lines(site, tab, "/count")[kind]
    further, found = re.subn(r"""(\bto"?[:=] ?)3\b""", r"\g<1>4", written)
    assert found == 1
    with pytest.raises(AssertionError, match="no further"):
        getattr(machine, kind)(further)


def test_files_are_handed_over_as_the_clients_do(
    site: Site, tab: Page, machine: Machine, tmp_path: Path
) -> None:
    tab.goto(f"{site.origin}/-/apps/hello/code")
    expect(tab.locator("#curl")).to_contain_text('{"_type":"gradio.FileData"}')
    # The example is somewhere in the internet.
    (tmp_path / "mine.txt").write_text("abc")
    for kind in ("python", "javascript"):
        given = tab.locator(f"#{kind}").text_content() or ""
        mine, found = re.subn(r'handle_file\(".+?"\)', f'handle_file("{tmp_path}/mine.txt")', given)
        assert found == 1
        assert "3 letters" in getattr(machine, kind)(mine)


class Hostile(BaseHTTPRequestHandler):
    """An app whose answer, taken for options of curl, would write a file."""

    def do_POST(self) -> None:
        body = json.dumps({"event_id": "x -o written"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hostile() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Hostile) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_an_app_calls_its_endpoints_and_answers_runs_nothing(
    site: Site, tab: Page, machine: Machine, hostile: str, tmp_path: Path
) -> None:
    odd = {"parameter_name": "a=1)\nopen('written', 'w')\n#", "example_input": "hi"}
    names = ("/say", "/say$(touch written)", "/say'; touch written; '")
    told = {"named_endpoints": {name: {"parameters": [odd]} for name in names}}
    tab.route("**/gradio_api/info", lambda route: route.fulfill(json=told))
    for name in names:
        written = lines(site, tab, name)
        assert "open(" not in written["python"]
        for kind in ("curl", "curl-names"):
            # curl may well refuse what it is given.
            given = written[kind].replace(site.origin, hostile)
            machine.shell(f"set +e\n{given}true\n", tmp_path)
        assert list(tmp_path.iterdir()) == []
