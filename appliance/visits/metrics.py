"""Visits as Prometheus reads them: of each app, and of all shares together."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.apps.server.counting import BOUNDS
from appliance.metrics.families import counter, histogram
from appliance.visits.tally import Tally

_COUNTS = {
    "requests": "Requests of visitors",
    "predictions": "Calls of an app's functions that visitors asked for",
    "refused": "Answers 4xx",
    "failed": "Answers 5xx, and none at all",
    "received": "Bytes from visitors",
    "sent": "Bytes to visitors",
}


class VisitsMetrics(Collector):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        apps = self._tally.apps
        for name, text in _COUNTS.items():
            counts = {app: getattr(totals, name) for app, totals in apps.items()}
            yield counter(f"appliance_visits_{name}", f"{text}, by app", "app", counts)
        yield histogram(
            "appliance_visits_latency_seconds",
            "Time until the first byte of an answer, by app",
            "app",
            BOUNDS,
            {app: totals.latencies for app, totals in apps.items()},
        )
        yield histogram(
            "appliance_visits_prediction_seconds",
            "Time until a prediction's result was complete, by app",
            "app",
            BOUNDS,
            {app: totals.durations for app, totals in apps.items()},
        )
        clients = CounterMetricFamily(
            "appliance_visits_clients",
            "Requests of visitors, by app and kind of client",
            labels=["app", "client"],
        )
        for app, totals in apps.items():
            for client, count in totals.clients.items():
                clients.add_metric([app, client], count)
        yield clients
        for name, text in _COUNTS.items():
            value = getattr(self._tally.shares, name)
            yield CounterMetricFamily(
                f"appliance_share_visits_{name}", f"{text}, of all shares", value
            )
