"""Share links end to end: Gradio's own `launch(share=True)` and its client, Traefik, the relay."""

import hashlib
import json
import sys
from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client

from appliance.relay.names import hashed
from tests.running import http
from tests.running.examples import FOLDER
from tests.running.giant import blocks, giant
from tests.running.names import below_localhost
from tests.running.process import child, free_port, wait_until
from tests.running.site import Site, sharing_site
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sharing_site(tmp_path_factory.mktemp("sharing")) as made:
        yield made


@pytest.fixture(autouse=True)
def _names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    below_localhost(monkeypatch)


def test_a_link_works_survives_a_restart_and_ends_when_it_is_told_to(site: Site) -> None:
    url = site.share()
    assert url.startswith("http://")
    assert url.endswith(f".share.localhost:{site.pages}")
    assert _greeting(url) == "Hello you"

    with site.events() as told:
        site.restart_relay()
        until(lambda: site.shares().get(url, {}).get("state") == "live")
        # Told to the end, and taken up again with the next relay.
        story = ["share.opened", "share.away", "lost", "relay.started", "share.opened"]
        until(lambda: _in_order(story, told()))
    assert _greeting(url) == "Hello you"
    assert site.shares()[url]["requests"] > 0

    site.kill_proxy()
    until(lambda: _answers(url))
    assert _greeting(url) == "Hello you"

    # A new relay is told to count once control has found it.
    until(lambda: _greeting(url) and site.shares()[url]["visitors"] >= 1)

    name = site.shares()[url]["name"]
    told = json.loads(site.appliance("visits", name, "--shares", "--json"))["days"]
    assert sum(day["requests"] for day in told) >= 1
    assert told[-1]["visitors"] >= 1

    site.appliance("shares", "kick", url)
    gone = http.get(url, headers=PAGE)
    assert gone.status_code == httpx.codes.GONE
    assert "text/html" in gone.headers["content-type"]
    assert url not in site.shares()
    assert site.shares("--all")[url]["state"] == "ended"


def test_a_key_gives_a_readable_name_and_nobody_else_gets_it(site: Site) -> None:
    key = json.loads(site.appliance("keys", "create", "ada", "--json"))["secret"]
    app = Upstream("board")
    port = int(app.url.rpartition(":")[2])
    url = f"http://board.share.localhost:{site.pages}"
    with serving(app, app.url), site.client(port, f"board:{key}") as said:
        until(lambda: f"start proxy success: {url}" in said.read_text())
        assert http.get(url).json()["name"] == "board"
        assert site.shares()[url]["owner"] == "ada"
        limited = ("--traffic", "1b", "--connections", "9")
        assert "1 kB a day, 9 requests at once" in site.appliance("keys", "change", "ada", *limited)
        until(lambda: http.get(url).status_code == httpx.codes.TOO_MANY_REQUESTS)
        again = site.appliance("keys", "change", "ada", "--unset", "traffic")
        assert "these limits now: 9 requests at once." in again
        until(lambda: http.get(url).is_success)
        with site.client(port, f"board:key-{'a' * 32}") as refused:
            until(lambda: "login to server failed: this key is not valid" in refused.read_text())
        for log in (site.folder / "data" / "logs").iterdir():
            assert key not in log.read_text()
        site.appliance("keys", "revoke", "ada")
        assert http.get(url, headers=PAGE).status_code == httpx.codes.GONE


def test_a_shared_app_is_told_who_asks_for_what(site: Site) -> None:
    """The example, shared from where it runs."""
    port, log, ready = free_port(), site.folder / "request.log", "Running on local URL"
    environment = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "-u", str(FOLDER / "request" / "app.py")]
    with child(command, folder=site.folder, log=log, environment=environment) as process:
        wait_until(lambda: ready in log.read_text(), process, log)
        with site.client(port, "request") as said:
            until(lambda: "start proxy success: " in said.read_text())
            url = said.read_text().split("start proxy success: ")[1].split()[0]
            told = Client(url, verbose=False, headers={"X-Job": "7", "Remote-User": "root"})
            facts, table = told.predict(api_name="/describe")
    headers = dict(table["data"])
    assert facts["client address"] == "127.0.0.1"
    assert facts["username"] is None
    assert facts["url"].startswith(url)
    assert headers["x-job"] == "7"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "remote-user" not in headers


def test_a_gigabyte_goes_down_and_up_unchanged(site: Site) -> None:
    url = f"http://{hashed('giant')}.share.localhost:{site.pages}"
    with giant() as app, site.client(app.port, "giant") as said, httpx.Client(timeout=120) as ask:
        until(lambda: f"start proxy success: {url}" in said.read_text())
        headers = ask.head(f"{url}/1024").headers
        assert headers["content-length"] == str(1 << 30)

        came = hashlib.sha256()
        with ask.stream("GET", f"{url}/1024") as answer:
            for piece in answer.iter_raw():
                came.update(piece)
        told = ask.post(url, content=blocks(1024), headers={"Content-Length": str(1 << 30)})
        assert told.text == came.hexdigest()
        sent = hashlib.sha256()
        for block in blocks(1024):
            sent.update(block)
        assert came.digest() == sent.digest()


def _in_order(wanted: list[str], told: list[str]) -> bool:
    rest = iter(told)
    return all(name in rest for name in wanted)


def _answers(url: str) -> bool:
    try:
        return http.get(url).is_success
    except httpx.TransportError:
        return False


def _greeting(url: str) -> str:
    return str(Client(url, verbose=False).predict("you", api_name="/greet"))
