"""Metrics of certificates: what is served, and whether an authority answers."""

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.certs.status import CertificatesStatus
from appliance.commands import COMMAND
from appliance.metrics.families import gauge


class CertificateMetrics(Collector):
    """Computed from the status when somebody asks."""

    def __init__(self, status: Callable[[], CertificatesStatus]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield gauge(
            "appliance_certificate_expires",
            "Unix time at which the certificate of a name expires",
            "name",
            {one.name: one.expires.timestamp() for one in status.names if one.expires},
        )
        origin = GaugeMetricFamily(
            "appliance_certificate_origin",
            "1 for who vouches for a name: certbot, files, local-ca or none",
            labels=["name", "origin"],
        )
        for one in status.names:
            origin.add_metric([one.name, one.origin.value if one.origin else "none"], 1)
        yield origin
        yield GaugeMetricFamily(
            "appliance_certificate_problems",
            f"Things to do about certificates; `{COMMAND} certs` tells them",
            len(status.problems),
        )
