"""Metrics of the relay: the counts that its parts keep, in Prometheus' words when it asks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from appliance.relay.relay import Relay

_TUNNEL_GAUGES = {
    "newcomers": "Connections that have not logged in",
    "clients": "Clients logged in",
    "tunnels": "Tunnels open",
}
_TUNNEL_COUNTS = {
    "connections": "Connections accepted on the clients' port",
    "logins": "Clients that logged in",
    "opened": "Tunnels opened",
    "streams_asked": "Streams asked of clients",
    "streams_given": "Streams started for visitors",
    "streams_late": "Visitors who waited in vain for a stream",
    "streams_empty": "Streams that ended before their first byte",
    "visitors_refused": "Visitors turned away because the app takes no connections",
    "window_stalls": "Times a stream had to wait for its client",
    "received": "Bytes from clients",
    "sent": "Bytes to clients",
}
_TUNNEL_REASONS = {
    "closed": "Tunnels that ended, by reason",
    "refused": "Logins and proxies refused, by reason",
    "dropped": "Connections that never logged in, by reason",
}
_GATEWAY_COUNTS = {
    "requests": "Requests of visitors",
    "retries": "Requests sent again because a stream had died",
    "aborted": "Answers that apps broke off",
    "left": "Visitors who left before the end of the answer",
    "upgrades": "WebSockets and the like",
    "rewritten": "Share pages whose script comes from the app",
    "warned": "Pages with a note that their link is about to end",
    "turned_away": "Connections of visitors beyond the limit",
    "received": "Bytes from visitors",
    "sent": "Bytes to visitors",
}


class RelayMetrics(Collector):
    """Reads the counts when it is asked; the hot paths know nothing of it."""

    def __init__(self, relay: "Relay") -> None:
        self._relay = relay

    def collect(self) -> Iterator[Metric]:
        status, (tunnel, gateway) = self._relay.status(), self._relay.counted()
        shares = GaugeMetricFamily(
            "appliance_shares", "Names of shares, by state", labels=["state"]
        )
        shares.add_metric(["live"], status.connected)
        shares.add_metric(["away"], status.away)
        shares.add_metric(["ending"], status.ending)
        yield shares
        text = "Processes that serve clients and visitors"
        yield GaugeMetricFamily("appliance_relay_workers", text, self._relay.workers)
        for name, text in _TUNNEL_GAUGES.items():
            yield GaugeMetricFamily(f"appliance_tunnel_{name}", text, getattr(tunnel, name))
        for name, text in _TUNNEL_COUNTS.items():
            yield CounterMetricFamily(f"appliance_tunnel_{name}", text, getattr(tunnel, name))
        for name, text in _TUNNEL_REASONS.items():
            yield _by("reason", f"appliance_tunnel_{name}", text, getattr(tunnel, name))
        yield GaugeMetricFamily(
            "appliance_gateway_open", "Connections of visitors now", gateway.open
        )
        for name, text in _GATEWAY_COUNTS.items():
            yield CounterMetricFamily(f"appliance_gateway_{name}", text, getattr(gateway, name))
        answers = {kind.value: count for kind, count in gateway.answers.items()}
        text = "Answers that the relay gave in place of an app, by kind"
        yield _by("kind", "appliance_gateway_answers", text, answers)


def _by(label: str, name: str, text: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
