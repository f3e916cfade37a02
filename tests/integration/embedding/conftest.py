"""One Gradio app behind a real Traefik, and two blogs of other sites that embed it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.proxy.routes import routes
from appliance.web.pages import pages
from tests.running import http, statuses
from tests.running.chromium import launched, visitor
from tests.running.process import free_port
from tests.running.servers import Server, Servers
from tests.running.traefik import traefik
from tests.running.upstream import serving

SCRIPT = """from collections.abc import Iterator
import gradio as gr

def greet(name, file):
    return f"Hello {name}, {len(open(file).read())} letters"

demo = gr.Interface(
    greet, ["text", "file"], gr.Textbox(label="Greeting", lines=12), api_name="greet"
)

def say(word: str = "it's me", end: bool = None) -> str:
    return word

def count(to: int = 3) -> Iterator[int]:
    for number in range(1, to + 1):
        if number > 3:
            raise gr.Error("no further")
        yield number

with demo:
    gr.api(say, api_name="say")
    gr.api(count, api_name="count")
demo.launch(mcp_server=True)
"""


@dataclass
class Blog:
    """A site whose pages are what the test writes."""

    origin: str
    pages: dict[str, str] = field(default_factory=dict)

    def publish(self, path: str, body: str) -> str:
        """The URL of a page with this in it."""
        self.pages[path] = f"<!doctype html><title>A blog</title><h1>Today</h1>{body}"
        return self.origin + path

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        text = self.pages.get(scope["path"], "")
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        start = {"type": "http.response.start", "status": 200 if text else 404}
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})


@dataclass
class Site:
    """The appliance at 127.0.0.1, and what is on localhost, which is another site."""

    origin: str
    friend: Blog
    """May embed the app."""
    stranger: Blog
    """May not."""

    @property
    def app(self) -> str:
        return f"{self.origin}/hello/"

    @property
    def page(self) -> str:
        return f"{self.origin}/-/apps/hello/embed"

    def snippet(self, key: str, query: str = "") -> str:
        """As a person copies it from the page."""
        answer = http.get(self.page + query, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        parser = _Snippets()
        parser.feed(answer.text)
        return parser.found[key]


class _Snippets(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: dict[str, str] = {}
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self.inside = dict(attrs).get("id") or ""
            self.found[self.inside] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[self.inside] += data

    def handle_entityref(self, name: str) -> None:
        self.handle_data(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_data(unescape(f"&#{name};"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("embedding")
    blogs = [Blog(f"http://localhost:{free_port()}") for _ in range(2)]
    servers = Servers(tmp_path_factory.mktemp("servers"))
    with ExitStack() as stack:
        stack.enter_context(servers.running)
        app = servers.start(
            "greet.py",
            text=SCRIPT,
            path="/hello",
            trusted_proxies=["127.0.0.1"],
            origins=[blogs[0].origin],
        )
        proxy = stack.enter_context(traefik(folder))
        pages_url = f"http://127.0.0.1:{free_port()}"
        snapshot = _snapshot(app, blogs[0])
        stack.enter_context(serving(pages(lambda: snapshot), pages_url))
        for blog in blogs:
            stack.enter_context(serving(blog, blog.origin))
        proxy.apply(routes(snapshot.config, snapshot.status.host, pages_url))
        app.wait_until_ready()
        yield Site(proxy.local, *blogs)


def _snapshot(app: Server, friend: Blog) -> Snapshot:
    embed = {"origins": [friend.origin]}
    config = Config.model_validate({"apps": {"hello": {"source": "hello", "embed": embed}}})
    status = Status(
        config=ConfigStatus(file="appliance.yaml", state="ok"),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(statuses.live("hello", app.origin, title="Hello", emoji="👋")),
    )
    return Snapshot(config, status)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh visitor, who asks nobody but the blogs and the appliance."""
    known = (site.origin, site.friend.origin, site.stranger.origin, "data:", "blob:", "about:")
    left: list[str] = []
    with visitor(browser, viewport={"width": 1200, "height": 850}) as context:
        context.on(
            "request",
            lambda request: None if request.url.startswith(known) else left.append(request.url),
        )
        yield context.new_page()
    assert left == []
