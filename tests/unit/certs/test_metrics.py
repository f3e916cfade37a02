"""Certificates in Prometheus' words."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appliance.certs.metrics import CertificateMetrics
from appliance.certs.model import Origin
from appliance.certs.status import CertificateProblem, CertificatesStatus, NameStatus

NOW = datetime.now(UTC)
STATUS = CertificatesStatus(
    mode="certbot",
    names=(
        NameStatus(name="a.org", origin=Origin.CERTBOT, expires=NOW + timedelta(days=30)),
        NameStatus(name="old.org", origin=Origin.FILES, expires=NOW - timedelta(days=1)),
        NameStatus(name="none.org"),
    ),
    problems=(CertificateProblem(code="order-dns", message="m", remedy="r"),),
)


@pytest.fixture
def samples() -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry()
    registry.register(CertificateMetrics(lambda: STATUS))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_expiry_is_a_moment_also_when_it_has_passed(samples):
    name = "appliance_certificate_expires"
    assert samples[name, "a.org"] == (NOW + timedelta(days=30)).timestamp()
    assert samples[name, "old.org"] == (NOW - timedelta(days=1)).timestamp()
    assert (name, "none.org") not in samples


def test_each_name_has_one_origin(samples):
    name = "appliance_certificate_origin"
    assert {key[1:]: value for key, value in samples.items() if key[0] == name} == {
        ("a.org", "certbot"): 1,
        ("old.org", "files"): 1,
        ("none.org", "none"): 1,
    }


def test_problems_are_counted(samples):
    assert samples["appliance_certificate_problems",] == 1
