"""HTTPS by the appliance's own authority, in a Chromium whose owner trusts it: the whole of it.

Control as a process, a real Traefik, a real Gradio app on a host of its own.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from appliance.auth.keys import keys
from tests.integration.auth.conftest import PASSWORD
from tests.integration.certs.visitor import Visitor
from tests.integration.control.conftest import Appliance
from tests.running import statuses
from tests.running.chromium import shoot
from tests.running.clock import HASHER
from tests.running.rooted import browsing, installed
from tests.running.servers import Servers
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving
from tests.running.waiting import follow, sign_in

pytestmark = pytest.mark.browser
DOMAIN = "demos.example.org"
ECHO = Upstream("echo")
SCRIPT = """
import gradio as gr


def who(greeting: str, request: gr.Request) -> str:
    return f"{greeting} {request.username}"


def size(file: str) -> int:
    with open(file, "rb") as opened:
        return len(opened.read())


with gr.Blocks() as demo:
    text, answer = gr.Textbox(label="Greeting"), gr.Textbox(label="Answer")
    gr.Button("Greet").click(who, text, answer)
    file, count = gr.File(label="A file"), gr.Number(label="Size")
    file.upload(size, file, count)

demo.launch()
"""


class Secured:
    """An appliance that visitors reach by HTTPS."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance
        host, _, self.port = (appliance.proxy.listen.https or "").rpartition(":")
        self.visitor = Visitor(host, int(self.port))

    def url(self, app: str = "", path: str = "/") -> str:
        return f"https://{app + '.' if app else ''}{DOMAIN}:{self.port}{path}"

    def status(self) -> dict[str, Any]:
        return self.appliance.status()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    made = Appliance(tmp_path_factory.mktemp("secured"))
    secured = Secured(made)
    apps = "{who: {source: who}, echo: {source: echo}}"
    users = f"{{ada: {{password_hash: '{HASHER.hash(PASSWORD)}'}}}}"
    text = (
        f"domain: {DOMAIN}\nports: {{https: {secured.port}}}\ntls: {{mode: local-ca}}\n"
        f"auth: {{users: {users}}}\napps: {apps}\n"
    )
    made.yaml.write_text(text)
    key = keys(made.folder / "data" / "keys").public_pem
    servers = Servers(tmp_path_factory.mktemp("servers"))
    try:
        with servers.running, serving(ECHO, ECHO.url):
            app = servers.start(
                "who.py",
                text=SCRIPT,
                root=secured.url("who", ""),
                trusted_proxies=["127.0.0.1"],
                identity={"audience": "who", "keys": [key], "required": True},
            )
            for name in ("traefik", "apps", "control"):
                made.start(name)
            app.wait_until_ready()
            made.host.say(statuses.live("who", app.origin), statuses.live("echo", ECHO.url))
            until(lambda: secured.status()["routes"]["live"])
            until(lambda: "app-who@file" in made.live_services())
            root = secured.status()["certificates"]["root"]
            until(lambda: secured.visitor.accepts(f"who.{DOMAIN}", root))
            yield secured
    finally:
        made.stop_all()


@pytest.fixture
def page(secured: Secured, tmp_path: Path) -> Iterator[Page]:
    installed(tmp_path, secured.status()["certificates"]["root"])
    with browsing(tmp_path) as page:
        yield page


def ours(page: Page) -> dict[tuple[str, str], Any]:
    """The appliance's cookies, by the host and the name that the browser keeps them under."""
    kept = page.context.cookies()
    return {(c["domain"], c["name"]): c for c in kept if "appliance" in c["name"].lower()}


def test_in_and_through_and_out_of_everywhere(secured: Secured, page: Page) -> None:
    page.goto(secured.url("who", "/?greeting=1"))
    assert page.url.startswith(secured.url("", "/-/sign-in?"))
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(secured.url("who", "/?greeting=1"))

    # The app works, and knows who it is.
    page.get_by_label("Greeting").fill("Hello")
    page.get_by_role("button", name="Greet").click()
    expect(page.get_by_label("Answer")).to_have_value("Hello ada")
    large = {"name": "x.bin", "mimeType": "application/octet-stream", "buffer": bytes(300_000)}
    page.locator("input[type=file]").set_input_files(large)
    expect(page.get_by_label("Size")).to_have_value("300000")
    shoot(page, "https-signed-in")

    # Each host has a cookie of its own, which no script reads and no other host gets.
    session = "__Host-appliance-session"
    found = ours(page)
    assert {host for host, name in found if name == session} == {DOMAIN, f"who.{DOMAIN}"}
    assert all(name.startswith("__Host-") for _, name in found)
    assert all(c["secure"] and c["httpOnly"] and c["path"] == "/" for c in found.values())
    values = [c["value"] for (_, name), c in found.items() if name == session]
    assert len(set(values)) == 2
    assert "appliance" not in page.evaluate("document.cookie")

    # Handed over to another host without a word, and out of all of them at once.
    page.goto(secured.url("echo", "/page"))
    assert page.url == secured.url("echo", "/page")
    assert '"remote-user", "ada"' in page.content()
    assert session not in page.content()
    page.goto(secured.url("", "/-/sign-out"))
    follow(page.get_by_role("button", name="Sign out everywhere"))
    expect(page.get_by_role("heading", name="signed out")).to_be_visible()
    for app in ("who", "echo"):
        page.goto(secured.url(app))
        assert page.url.startswith(secured.url("", "/-/sign-in?"))


def test_over_http2_cookies_come_one_by_one(secured: Secured, tmp_path: Path) -> None:
    """As RFC 9113 lets a client send them; the app gets its own, and the session counts."""
    host, root, jar = f"echo.{DOMAIN}", tmp_path / "root.pem", tmp_path / "jar"
    root.write_text(secured.status()["certificates"]["root"])
    reached = f"{host}:{secured.port}:{secured.visitor.address[0]}"
    curl = ["curl", "-sS", "--http2", "--cacert", str(root), "--noproxy", "*", "--resolve", reached]
    form = ("-d", "username=ada", "--data-urlencode", f"password={PASSWORD}", "-c", str(jar))
    subprocess.run([*curl, *form, secured.url("echo", "/login")], check=True, capture_output=True)
    [kept] = [line for line in jar.read_text().splitlines() if "__Host-appliance-session" in line]
    session = f"__Host-appliance-session={kept.split()[-1]}"
    sent = [f"Cookie: {cookie}" for cookie in ("theme=dark", session, "last=1")]
    asked = [*curl, *(word for one in sent for word in ("-H", one)), "-w", "\n%{http_version}"]
    told = subprocess.run(
        [*asked, secured.url("echo", "/page")], check=True, capture_output=True, text=True
    )
    body, _, version = told.stdout.rpartition("\n")
    got = {name.lower(): value for name, value in json.loads(body)["headers"]}
    assert (version, got["remote-user"], got["cookie"]) == ("2", "ada", "theme=dark; last=1")


def test_an_open_page_is_told_when_its_session_has_ended(secured: Secured, page: Page) -> None:
    page.goto(secured.url("who"))
    sign_in(page, "ada", PASSWORD)
    page.get_by_label("Greeting").fill("Hello")
    secured.appliance.ask("/people/ada/sign-out", "")
    with page.expect_response("**/gradio_api/queue/join**") as refused:
        page.get_by_role("button", name="Greet").click()
    assert refused.value.status == 401
    expect(page.get_by_label("Answer")).to_have_value("")
