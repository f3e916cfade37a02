"""One Traefik with three back ends and the real pages, in local and in public mode."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from appliance.apps.model import HostStatus
from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.proxy.routes import routes
from appliance.web.pages import pages
from tests.running import statuses
from tests.running.process import free_port
from tests.running.traefik import Proxy, traefik
from tests.running.upstream import Upstream, serving

HELLO, CHAT, COPY = Upstream("hello"), Upstream("chat"), Upstream("copy")


@dataclass
class Edge:
    """Traefik, and what it is told."""

    proxy: Proxy
    pages_url: str
    open_door: Upstream
    """In ForwardAuth's place, which has tests of its own: it lets everybody in."""
    snapshot: Snapshot | None = None

    def serve(self, config: Config, host: HostStatus) -> None:
        """Take up a configuration and what runs, and wait until Traefik has it."""
        status = Status(
            config=ConfigStatus(file="appliance.yaml", state="ok"),
            text="",
            ports={},
            routes=RoutesStatus(live=True),
            host=host,
        )
        self.snapshot = Snapshot(config, status)
        self.proxy.apply(routes(config, host, self.pages_url, self.open_door.url))


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with ExitStack() as stack:
        proxy = stack.enter_context(traefik(tmp_path_factory.mktemp("edge")))
        edge = Edge(proxy, f"http://127.0.0.1:{free_port()}", Upstream("door"))
        stack.enter_context(serving(pages(lambda: edge.snapshot), edge.pages_url))
        for upstream in (HELLO, CHAT, COPY, edge.open_door):
            stack.enter_context(serving(upstream, upstream.url))
        yield edge


PLAIN = {"tls": {"mode": "off", "trusted_proxies": ["127.0.0.1"]}}
APPS = {
    "hello": {"source": "hello", "replicas": 2},
    "chat": {"source": "chat", "path": "/talk/chat"},
    "slow": {"source": "slow"},
    "broken": {"source": "broken"},
    "gone": {"source": "gone"},
}
HOST = statuses.host(
    statuses.live("hello", HELLO.url, COPY.url),
    statuses.live("chat", CHAT.url),
    statuses.starting("slow"),
    statuses.failed("broken"),
    # A port nobody listens on.
    statuses.live("gone", "http://127.0.0.1:9"),
)


@pytest.fixture
def local(edge: Edge) -> Edge:
    edge.serve(Config.model_validate({"apps": APPS}), HOST)
    return edge


@pytest.fixture
def public(edge: Edge) -> Edge:
    """Behind a proxy that adds TLS; certificates have tests of their own."""
    edge.serve(Config.model_validate({"domain": "demos.example.org", "apps": APPS, **PLAIN}), HOST)
    return edge


@pytest.fixture
def upstreams() -> dict[str, Upstream]:
    return {upstream.name: upstream for upstream in (HELLO, CHAT, COPY)}
