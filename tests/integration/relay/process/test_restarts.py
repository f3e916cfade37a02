"""Visitors behind Traefik while the relay process restarts, or does not come back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.proxy.model import Patience, RouteModel
from appliance.proxy.routes import routes
from appliance.web.pages import pages
from tests.running import statuses
from tests.running.process import free_port
from tests.running.relay import WANTED, RelayProcess
from tests.running.traefik import Proxy, traefik, until
from tests.running.upstream import serving

CONFIG = Config.model_validate({"share": {}})
NOBODYS = "nobodys.share.localhost"


class Edge:
    """Traefik with the pages of `control`; the relay is started by the tests."""

    def __init__(self, proxy: Proxy, relay: RelayProcess, pages_url: str) -> None:
        self.proxy, self.relay, self.pages_url = proxy, relay, pages_url

    def route(self, *, probed_every: int, attempts: int) -> None:
        """The appliance's own routes at another pace: machines of tests may start slowly."""
        shares_url = f"http://127.0.0.1:{self.relay.visitors}"
        model = routes(CONFIG, statuses.host(), self.pages_url, shares_url=shares_url)
        self.proxy.apply(_paced(model, probed_every, attempts))

    def ask(self, method: str, body: bytes = b"") -> httpx.Response:
        address = f"{self.proxy.local}/some/where"
        return httpx.request(
            method, address, headers={"Host": NOBODYS}, content=body, timeout=120, trust_env=False
        )


def _paced(model: RouteModel, probed_every: int, attempts: int) -> RouteModel:
    return replace(
        model,
        services=tuple(
            replace(one, probe=replace(one.probe, every=probed_every)) if one.probe else one
            for one in model.services
        ),
        middlewares=tuple(
            replace(one, attempts=attempts) if isinstance(one, Patience) else one
            for one in model.middlewares
        ),
    )


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    status = Status(
        config=ConfigStatus(file="appliance.yaml", state="ok"),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(),
    )
    with ExitStack() as stack:
        proxy = stack.enter_context(traefik(tmp_path))
        pages_url = f"http://127.0.0.1:{free_port()}"
        snapshot = Snapshot(CONFIG, status)
        stack.enter_context(serving(pages(lambda: snapshot), pages_url))
        yield Edge(proxy, RelayProcess(tmp_path), pages_url)


def by_relay(answer: httpx.Response) -> bool:
    return answer.status_code == 404 and "Nobody shares an app" in answer.json()["detail"]


def test_requests_wait_for_a_relay_that_restarts(edge: Edge) -> None:
    edge.route(probed_every=3600, attempts=300)
    with ThreadPoolExecutor() as visitors:
        early = [
            visitors.submit(edge.ask, "GET"),
            visitors.submit(edge.ask, "POST", b"small"),
            visitors.submit(edge.ask, "PUT", bytes(4 << 20)),
        ]
        with edge.relay.started():
            edge.relay.want(WANTED)
            assert all(by_relay(visitor.result()) for visitor in early)


def test_visitors_are_told_of_a_relay_that_does_not_come_back(edge: Edge) -> None:
    edge.route(probed_every=1, attempts=300)
    answer = edge.ask("POST", b"small")
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.json()["detail"] == "The relay of this appliance is away, try again later."
    with edge.relay.started():
        edge.relay.want(WANTED)
        until(lambda: by_relay(edge.ask("GET")))
