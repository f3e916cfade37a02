"""The world as the checks see it: all is well in it until a test changes it."""

# ruff: noqa: ARG002 - a world takes what it is asked, whether it matters or not

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from appliance.certs.model import Origin
from appliance.certs.refusals import Refusal
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.config.schema import Config
from appliance.config.secrets import resolve
from appliance.doctor.examining import examine
from appliance.doctor.model import Examination, Probe
from appliance.doctor.proving import Record

NOW = datetime(2026, 7, 1, tzinfo=UTC)
WRITTEN = frozenset({"t"})
HERE, THERE = "203.0.113.7", "198.51.100.9"
DNS = {"dns": "cloudflare", "credentials": {"file": "cloudflare.ini"}}


@dataclass
class World:
    """A network in which all is well until a test changes it."""

    own: frozenset[str] = frozenset({HERE})
    leads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Exceptions from every name leading here."""
    wildcard: tuple[str, ...] = (HERE,)
    closed: set[int] = field(default_factory=set)
    records: tuple[str, ...] | None = ()
    answer: tuple[int, str] | None = (200, "word")
    strangers: set[int] = field(default_factory=set)
    """Ports on which somebody else answers."""
    time: datetime | None = NOW
    taken: Refusal | None = None
    """Why the DNS provider takes no record; None: it does."""
    shown: dict[str, frozenset[str]] = field(default_factory=lambda: {"ns.x.org": WRITTEN})
    """TXT records by each server of the zone."""

    def addresses(self, name: str) -> tuple[str, ...]:
        if name.startswith("doctor-"):
            return self.wildcard
        return self.leads.get(name, (HERE,))

    def own_addresses(self) -> frozenset[str]:
        return self.own

    def caa(self, name: str) -> tuple[str, ...] | None:
        return self.records

    def texts(self, name: str) -> dict[str, frozenset[str]]:
        return self.shown

    @contextmanager
    def prove(
        self, config: Config, base: Path, names: Sequence[str]
    ) -> Iterator[list[Record] | Refusal]:
        resolve(config.tls.challenge.credentials, base)
        yield self.taken or [Record(f"_acme-challenge.{name}", "t") for name in names]

    def connects(self, host: str, port: int) -> bool:
        return port not in self.closed

    def certificate(self, host: str, port: int) -> str | None:
        return ("b" if port in self.strangers else "a") * 64

    def get(self, url: str, host: str) -> tuple[int, str] | None:
        if urlsplit(url).port in self.strangers:
            return 200, "a router"
        return (200, "word") if HERE in self.addresses(host) else self.answer

    def clock(self, url: str) -> datetime | None:
        return self.time


def name(name: str, origin: Origin | None = Origin.CERTBOT, days: int = 60) -> NameStatus:
    return NameStatus(name=name, origin=origin, expires=NOW + timedelta(days=days))


def examination(world: World, folder: Path, **tls: object) -> Examination:
    (folder / "cloudflare.ini").write_text("dns_cloudflare_api_token = x")
    config = Config.model_validate(
        {
            "domain": "x.org",
            "tls": {"mode": "certbot", "challenge": DNS, **tls},
            "apps": {"hello": {"source": "hello"}},
            "share": {},
        }
    )
    names = (name("x.org"), name("hello.x.org"))
    files = (f"/run/certificates/{'a' * 32}.pem",)
    status = CertificatesStatus(mode="certbot", names=names, files=files)
    probe = Probe("/p", "word")
    return Examination(config, folder, NOW, world, status, (), probe, "good", prove=world.prove)


def bad(found: Examination) -> list[tuple[str, str]]:
    """Check and message of what is not good."""
    return [(one.check, one.message) for one in examine(found) if one.state != "good"]
