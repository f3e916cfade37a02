"""What the doctor asks of a real authority."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.resolver
import pytest

from appliance.config.schema import Config
from appliance.doctor import propagation
from appliance.doctor.model import Diagnosis, Examination
from appliance.doctor.network import Internet
from tests.integration.certs import nameserver
from tests.integration.certs.conftest import DOMAIN
from tests.integration.certs.nameserver import KEY, SECRET, NameServer
from tests.integration.certs.pebble import Pebble
from tests.integration.certs.records import AcmeDns, answering
from tests.running import http


def test_the_time_is_told_by_an_authority_whose_certificate_nobody_knows(pebble: Pebble) -> None:
    told = Internet().clock(pebble.directory)
    assert told is not None
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)


RECORD = f"_acme-challenge.{DOMAIN}"


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[NameServer]:
    """A zone of the test's own, at the server that rfc2136.ini names."""
    with nameserver.serving(DOMAIN) as names:
        write(tmp_path, names, SECRET)
        yield names


def write(folder: Path, names: NameServer, secret: str) -> None:
    file = folder / "rfc2136.ini"
    file.write_text(
        f"dns_rfc2136_server = 127.0.0.1\ndns_rfc2136_port = {names.port}\n"
        f"dns_rfc2136_name = {KEY}\ndns_rfc2136_secret = {secret}\n"
        "dns_rfc2136_algorithm = HMAC-SHA256\n"
    )
    file.chmod(0o600)


def looked(
    folder: Path, names: NameServer, provider: str = "rfc2136", file: str = "rfc2136.ini"
) -> list[Diagnosis]:
    """What the doctor says who asks this server for every name."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], names.port
    challenge = {"dns": provider, "credentials": {"file": file}}
    tls = {"mode": "certbot", "challenge": challenge}
    config = Config.model_validate({"domain": DOMAIN, "tls": tls})
    network = Internet(resolver, names.port)
    return list(propagation.check(Examination(config, folder, datetime.now(UTC), network)))


def test_a_record_is_written_found_at_the_zones_own_servers_and_taken_away(
    tmp_path: Path, zone: NameServer
) -> None:
    (one,) = looked(tmp_path, zone)
    assert (one.state, one.message) == ("good", f"{RECORD} was written and seen at ns.example.org")
    assert zone.updates == 1
    assert not any(zone.texts.values())


def test_a_record_that_the_zone_does_not_show_is_told(
    tmp_path: Path, zone: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propagation, "_PATIENCE", 0.0)
    zone.lost.add(f"{RECORD}.")
    (one,) = looked(tmp_path, zone)
    assert one.message == f"{RECORD} was written, and ns.example.org did not show it"
    assert "tls.challenge.propagation" in one.remedy
    assert not any(zone.texts.values())


def test_a_zone_that_does_not_lead_to_acme_dns_is_told_the_record_it_needs(
    tmp_path: Path, zone: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propagation, "_PATIENCE", 0.0)
    with answering(AcmeDns(zone).answer) as url:
        account = http.post(f"{url}/register").json()
        file = tmp_path / "acme-dns.json"
        file.write_text(json.dumps({DOMAIN: {**account, "server_url": url}}))
        file.chmod(0o600)
        (one,) = looked(tmp_path, zone, "acme-dns", file.name)
    assert one.state == "bad"
    assert one.remedy == f"The zone needs this record: {RECORD} CNAME {account['fulldomain']}."


def test_wrong_credentials_are_found_before_an_authority_is_asked(
    tmp_path: Path, zone: NameServer
) -> None:
    write(tmp_path, zone, "d3Jvbmc=")
    (one,) = looked(tmp_path, zone)
    assert one.state == "bad"
    assert "the name server refuses the credentials" in one.message
    assert "d3Jvbmc=" not in f"{one}"
