from datetime import UTC, datetime, timedelta

from rich.console import Console

from appliance.certs.model import Origin
from appliance.certs.status import (
    CertificateProblem,
    CertificatesStatus,
    NameStatus,
)
from appliance.cli.certs import overview

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def shown(status: CertificatesStatus, width: int = 160) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(overview(status, NOW), crop=False)
    return capture.get()


def name(name: str, origin: Origin | None, days: int) -> NameStatus:
    expires = NOW + timedelta(days=days) if origin else None
    return NameStatus(name=name, origin=origin, issuer="R12", expires=expires)


def test_each_name_has_a_line_and_each_problem_its_remedy():
    text = shown(
        CertificatesStatus(
            mode="certbot",
            names=(
                name("a.org", Origin.CERTBOT, 60),
                name("b.org", Origin.FILES, -1),
                name("c.org", None, 0),
            ),
            next_order=NOW,
            root_fingerprint="ab" * 32,
            problems=(CertificateProblem(code="order-dns", message="m", remedy="r"),),
        )
    )
    lines = [line.split() for line in text.splitlines()]
    assert ["a.org", "certbot", "2026-08-30,", "in", "60", "days", "R12"] in lines
    assert ["b.org", "your", "file", "expired", "on", "2026-06-30", "R12"] in lines
    assert ["c.org", "none", "-", "R12"] in lines
    assert "Next order: 2026-07-01 00:00 UTC" in text
    assert "AB:AB:" in text
    assert "! m → r" in text


def test_a_narrow_terminal_loses_the_issuer_and_cuts_nothing():
    long = "multi-page.share.demos.example.org"
    status = CertificatesStatus(
        mode="certbot", names=(name(long, Origin.LOCAL_CA, 60),), root_fingerprint="ab" * 32
    )
    text = shown(status, width=80)
    assert [long, "local", "authority", "2026-08-30,", "in", "60", "days"] in [
        line.split() for line in text.splitlines()
    ]
    assert ":".join(["AB"] * 32) in text


def test_an_order_under_way_is_told():
    assert "Being ordered: a.org" in shown(CertificatesStatus(ordering=("a.org",)))


def test_who_has_installed_a_former_root_is_told():
    assert "new since" not in shown(CertificatesStatus(root_made=NOW))
    text = shown(CertificatesStatus(root_made=NOW, root_replaced=True))
    assert "It is new since 2026-07-01" in text
    assert "/-/certificate" in text


def test_local_mode_says_that_nothing_is_needed():
    assert "no certificate is needed" in shown(CertificatesStatus())
