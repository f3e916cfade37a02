"""The front door's numbers as Prometheus reads them, made from plain counts when it asks."""

from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from appliance.auth.door import Door
from appliance.auth.stats import BOUNDS


class AuthMetrics(Collector):
    def __init__(self, door: Door) -> None:
        self._door = door

    def collect(self) -> Iterator[Metric]:
        door, stats = self._door, self._door.stats
        yield _counter("decisions", "Answers of ForwardAuth.", stats.decisions)
        yield _counter("sign_ins", "Attempts to sign in.", stats.sign_ins)
        lockouts = "appliance_auth_lockouts"
        yield CounterMetricFamily(lockouts, "Lockouts after failed attempts.", stats.lockouts)
        seconds = HistogramMetricFamily("appliance_auth_decision_seconds", "Time of a decision.")
        seconds.add_metric([], _cumulative(stats.buckets), sum_value=stats.seconds)
        yield seconds
        for name, text, value in (
            ("sessions", "Sessions that have not ended.", len(door.sessions)),
            ("people", "People who may sign in.", _may_sign_in(door)),
            ("locked_out", "Accounts and addresses locked out now.", door.throttle.locked_out),
        ):
            yield GaugeMetricFamily(f"appliance_auth_{name}", text, value)


def _counter(name: str, text: str, counts: dict[str, int]) -> Metric:
    metric = CounterMetricFamily(f"appliance_auth_{name}", text, labels=["outcome"])
    for outcome, count in sorted(counts.items()):
        metric.add_metric([outcome], count)
    return metric


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    total, found = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        found.append((bound, float(total)))
    return found


def _may_sign_in(door: Door) -> int:
    return sum(not person.disabled for person in door.people.everybody())
