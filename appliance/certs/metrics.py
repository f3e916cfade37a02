"""Metrics of certificates: what is served, and whether an authority answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from appliance.certs.status import CertificatesStatus, expiry_seconds


class CertificateMetrics(Collector):
    """Computed from the status when somebody asks."""

    def __init__(self, status: Callable[[], CertificatesStatus]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        expiry = GaugeMetricFamily(
            "appliance_certificate_expiry_seconds",
            "Seconds until the certificate of a name expires, below 0 afterwards",
            labels=["name"],
        )
        for name, seconds in expiry_seconds(status, datetime.now(UTC)).items():
            expiry.add_metric([name], seconds)
        yield expiry
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
            "Things to do about certificates; `appliance certs` tells them",
            len(status.problems),
        )
