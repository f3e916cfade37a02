"""What an independent scanner finds at the edge, and at the relay's port."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.relay.tunnel.certificates import CertificateFiles
from tests.integration.certs.conftest import DOMAIN, Served
from tests.running.relay import WANTED, RelayProcess
from tests.running.relay_authority import Authority
from tests.running.traefik import until

_HARMLESS = {"OK", "INFO", "DEBUG"}
_HTTP = ("-h",)
"""Headers of pages."""
_TLS = ("-p", "-P", "-s", "-f", "-S", "-U")
"""Protocols, preferences, ciphers, forward secrecy, certificate, known attacks."""


def scanned(address: str, root: str, folder: Path, *sections: str) -> dict[str, str]:
    """What testssl.sh has against a server: words by the id of the finding."""
    scanner = shutil.which("testssl")
    assert scanner, "testssl.sh is missing: apt-get install testssl.sh"
    found, trusted = folder / "found.json", folder / "root.pem"
    trusted.write_text(root)
    options = ("--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none")
    files = ("--ip", "127.0.0.1", "--add-ca", str(trusted), "--jsonfile", str(found))
    done = subprocess.run(
        [scanner, *options, *files, *sections, address],
        capture_output=True,
        check=False,
        timeout=1200,
        text=True,
    )
    assert found.exists(), done.stdout + done.stderr
    findings = [one for one in json.loads(found.read_text()) if one["ip"] != _OF_THE_SCANNER]
    assert {"TLS1_3", "cert_chain_of_trust", "heartbleed"} <= {one["id"] for one in findings}
    return {one["id"]: one["finding"] for one in findings if one["severity"] not in _HARMLESS}


_OF_THE_SCANNER = "/"
"""Where the address of a server would be, of what it says about itself."""


def usual(authority: Authority, *names: str) -> CertificateFiles:
    """As public authorities issue them today."""
    return authority.issue(*names, days=90, revocations="http://crl.example.org/list.crl")


@dataclass
class Scans:
    """What was found, once it is known: a scanner mostly waits, so both do it at once."""

    edge: Future[dict[str, str]]
    relay: Future[dict[str, str]]


@pytest.fixture(scope="module")
def scans(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scans]:
    edge, relay = (tmp_path_factory.mktemp(name) for name in ("edge", "relay"))
    with serving_clients(relay) as clients, ThreadPoolExecutor() as scanners:
        yield Scans(
            scanners.submit(scanned, *open_edge(served, edge), edge, *_TLS, *_HTTP),
            scanners.submit(scanned, *clients, relay, *_TLS),
        )


def open_edge(served: Served, folder: Path) -> tuple[str, str]:
    """Its address, with a certificate of an authority whose root is the other."""
    authority = Authority(folder)
    root = authority.file.read_text()
    own = usual(authority, DOMAIN, f"*.{DOMAIN}", f"*.share.{DOMAIN}")
    own.key.chmod(0o600)
    files = f"[{{chain: '{own.chain}', key: {{file: '{own.key}'}}}}]"
    # HSTS is an owner's choice, since nobody can take it back.
    served.configure(f"{{mode: files, certificates: {files}, hsts: {{max_age: 365d}}}}")
    until(lambda: served.visitor.accepts(DOMAIN, root))
    until(lambda: _HSTS in served.visitor.get(DOMAIN, "/", root).headers)
    return f"{DOMAIN}:{served.visitor.address[1]}", root


_HSTS = "strict-transport-security"


@contextmanager
def serving_clients(folder: Path) -> Iterator[tuple[str, str]]:
    """The same of the port of share clients."""
    authority, relay = Authority(folder), RelayProcess(folder)
    one = usual(authority, "share.test", "127.0.0.1")
    with relay.started():
        pair = {"chain": str(one.chain), "key": str(one.key)}
        relay.want(WANTED, certificates=[pair])
        yield f"share.test:{relay.clients}", authority.file.read_text()


def test_nothing_is_wrong_with_the_edge(scans: Scans) -> None:
    assert scans.edge.result() == {}


def test_nothing_is_wrong_with_the_port_of_share_clients(scans: Scans) -> None:
    assert scans.relay.result() == {}
