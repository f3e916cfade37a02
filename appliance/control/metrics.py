"""All metrics of the appliance at one address, for whoever is on the internal network."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.control.apphost import AppHostAway
from appliance.control.board import Facts
from appliance.control.relay import RelayAway
from appliance.metrics.families import gauge
from appliance.metrics.text import TYPE, joined, own
from appliance.proxy.traefik import TraefikAway

_log = structlog.get_logger(__name__)
_AWAY = (AppHostAway, RelayAway, TraefikAway)
Ask = Callable[[], Awaitable[str]]
"""Another process's metrics, as text."""


@dataclass(frozen=True)
class Metrics:
    """Asks everybody when it is asked itself."""

    collectors: tuple[Collector, ...]
    """Of this process."""
    others: Mapping[str, Ask]

    async def text(self) -> str:
        """Who does not answer is missing, and `appliance_up` says so."""
        asked = await asyncio.gather(*(self._of(name) for name in self.others))
        parts = {name: text for name, text in asked if text is not None}
        up = {"control": 1, **{name: int(name in parts) for name in self.others}}
        collectors = (_Up(up), *self.collectors)
        # Of many apps that takes milliseconds, in which visitors shall not wait.
        return await asyncio.to_thread(lambda: joined({"control": own(*collectors), **parts}))

    async def _of(self, name: str) -> tuple[str, str | None]:
        try:
            return name, await self.others[name]()
        except _AWAY as away:
            _log.info("metrics.missing", process=name, reason=str(away))
            return name, None


class ControlMetrics(Collector):
    """What the control process knows of the appliance."""

    def __init__(self, facts: Callable[[], Facts]) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        facts = self._facts()
        yield GaugeMetricFamily(
            "appliance_config_valid",
            "Whether the YAML on disk is the one in force",
            int(facts.config_status.state == "ok"),
        )
        yield GaugeMetricFamily(
            "appliance_routes_live",
            "Whether the proxy does what the configuration asks for",
            int(facts.routes.live),
        )


class _Up(Collector):
    def __init__(self, up: Mapping[str, int]) -> None:
        self._up = up

    def collect(self) -> Iterator[Metric]:
        text = "Whether a process of the appliance tells its metrics, by process"
        yield gauge("appliance_up", text, "process", self._up)


def metrics_page(metrics: Metrics) -> APIRouter:
    """`/metrics`, in Prometheus' text format."""
    router = APIRouter()

    @router.get("/metrics")
    async def page() -> Response:
        return Response(await metrics.text(), media_type=TYPE)

    return router


def exporter(metrics: Metrics) -> FastAPI:
    """What listens for Prometheus, and serves nothing else."""
    app = FastAPI(title="Metrics", openapi_url=None)
    app.include_router(metrics_page(metrics))
    return app
