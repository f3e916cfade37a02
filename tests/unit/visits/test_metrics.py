"""Metrics of several processes as one text, which Prometheus' own parser reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.apps.metrics import AppsMetrics
from appliance.apps.model import HostStatus
from appliance.control.metrics import Metrics
from appliance.control.relay import RelayAway
from appliance.metrics.text import joined, own
from appliance.visits.metrics import VisitsMetrics
from appliance.visits.tally import Tally
from tests.unit.visits.test_keeping import report

PROXY = """# HELP go_goroutines Number of goroutines.
# TYPE go_goroutines gauge
go_goroutines 80
# HELP process_open_fds Number of open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 24
# HELP traefik_service_requests_total How many HTTP requests.
# TYPE traefik_service_requests_total counter
traefik_service_requests_total{code="200",service="hello@file"} 7
"""


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def visited() -> Tally:
    tally = Tally()
    numbers = {"latencies": (1, 2, *(0,) * 8), "clients": {"curl": 3}, "predictions": 2}
    tally.add("app", [report("hello", requests=3, **numbers)], 480_000)
    tally.add("share", [report("demo", requests=5)], 480_000)
    return tally


def test_texts_become_one_with_processes_told_apart() -> None:
    host = HostStatus(version=1, runtime="process", converged=True)
    control = own(VisitsMetrics(visited()), AppsMetrics(lambda: host))
    text = joined({"control": control, "proxy": PROXY})
    found = samples(text)
    assert found["process_open_fds", frozenset({("process", "proxy")})] == 24
    assert found["process_open_fds", frozenset({("process", "control")})] > 0
    code = frozenset({("code", "200"), ("service", "hello@file")})
    assert found["traefik_service_requests_total", code] == 7
    app = ("app", "hello")
    assert found["appliance_visits_requests_total", frozenset({app})] == 3
    assert found["appliance_visits_clients_total", frozenset({app, ("client", "curl")})] == 3
    bound = frozenset({app, ("le", "0.03")})
    assert found["appliance_visits_latency_seconds_bucket", bound] == 3
    assert found["appliance_share_visits_requests_total", frozenset()] == 5
    assert found["appliance_apps", frozenset({("phase", "live")})] == 0
    assert "go_goroutines" not in text
    assert text.count("# TYPE process_open_fds") == 1
    assert joined({"again": text}).count("appliance_visits_requests_total") > 0


async def test_who_is_away_is_missing_and_said_to_be() -> None:
    async def away() -> str:
        raise RelayAway("no relay")

    async def proxy() -> str:
        return PROXY

    text = await Metrics((VisitsMetrics(visited()),), {"relay": away, "proxy": proxy}).text()
    found = samples(text)
    up = {process: found["appliance_up", frozenset({("process", process)})] for process in (
        "control", "relay", "proxy")}  # fmt: skip
    assert up == {"control": 1, "relay": 0, "proxy": 1}


def test_a_text_that_is_none_is_not_passed_on() -> None:
    with pytest.raises(ValueError, match=r"."):
        joined({"proxy": "<html>"})
