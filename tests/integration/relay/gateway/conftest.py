"""One app behind one gateway for all of these tests, and a real Traefik in front."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from appliance.proxy.model import RouteModel, Router, Service
from tests.integration.relay.gateway.app import App
from tests.running.gateway import Shared, sharing
from tests.running.process import free_port
from tests.running.traefik import Proxy, traefik, until


@contextmanager
def running(app: App, port: int) -> Iterator[None]:
    """Uvicorn as Gradio starts it."""
    server = uvicorn.Server(
        uvicorn.Config(
            app.asgi, host="127.0.0.1", port=port, log_level="critical", ws="websockets-sansio"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive())
    try:
        yield
    finally:
        server.force_exit = server.should_exit = True
        thread.join()


@dataclass
class Edge:
    """From the visitor to the app."""

    app: App
    shared: Shared
    proxy: Proxy


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("gateway")
    app, port = App(folder), free_port()
    with running(app, port), sharing(port) as shared, traefik(folder) as proxy:
        proxy.apply(
            RouteModel(
                routers=(Router("share", "PathPrefix(`/`)", "share", ("local",), 1),),
                services=(Service("share", (shared.url,)),),
            )
        )
        yield Edge(app, shared, proxy)


@pytest.fixture(params=["gateway", "traefik", "another worker"])
def url(request: pytest.FixtureRequest, edge: Edge) -> str:
    """Where visitors go: the gateway alone, Traefik in front of it, another worker's gateway."""
    urls = {"traefik": edge.proxy.local, "another worker": edge.shared.beside.url}
    return urls.get(request.param, edge.shared.url)
