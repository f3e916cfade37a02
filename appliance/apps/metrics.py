"""Metrics of the app host: what runs."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.apps.model import HostStatus, InstanceState, Phase
from appliance.metrics.families import gauge


class AppsMetrics(Collector):
    """Reads the status when it is asked."""

    def __init__(self, status: Callable[[], HostStatus]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        phases = Counter(app.phase.value for app in status.apps)
        counts = {phase.value: phases[phase.value] for phase in Phase}
        yield gauge("appliance_apps", "Apps of the YAML, by phase", "phase", counts)
        instances = GaugeMetricFamily(
            "appliance_app_instances", "Instances, by app and state", labels=["app", "state"]
        )
        for app in status.apps:
            states = Counter(one.state.value for one in app.instances)
            for state in InstanceState:
                instances.add_metric([app.name, state.value], states[state.value])
        yield instances
        yield gauge(
            "appliance_app_restarts",
            "Times that today's instances ended by themselves, by app",
            "app",
            {app.name: sum(one.restarts for one in app.instances) for app in status.apps},
        )
        yield gauge(
            "appliance_app_memory_bytes",
            "Memory of all instances, by app",
            "app",
            {app.name: sum(one.memory or 0 for one in app.instances) for app in status.apps},
        )
