"""What an independent scanner finds at the edge, and at the relay's port."""

import json
import shutil
import subprocess
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


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_nothing_is_wrong_with_the_edge(
    served: Served, authority: Authority, tmp_path: Path
) -> None:
    root = authority.file.read_text()
    own = usual(authority, DOMAIN, f"*.{DOMAIN}", f"*.share.{DOMAIN}")
    own.key.chmod(0o600)
    files = f"[{{chain: '{own.chain}', key: {{file: '{own.key}'}}}}]"
    # HSTS is an owner's choice, since nobody can take it back.
    served.configure(f"{{mode: files, certificates: {files}, hsts: {{max_age: 365d}}}}")
    until(lambda: served.visitor.accepts(DOMAIN, root))
    until(lambda: _HSTS in served.visitor.get(DOMAIN, "/", root).headers)
    address = f"{DOMAIN}:{served.visitor.address[1]}"
    assert scanned(address, root, tmp_path, *_TLS, *_HTTP) == {}


_HSTS = "strict-transport-security"


def test_nothing_is_wrong_with_the_port_of_share_clients(
    authority: Authority, tmp_path: Path
) -> None:
    relay, one = RelayProcess(tmp_path), usual(authority, "share.test", "127.0.0.1")
    with relay.started():
        pair = {"chain": str(one.chain), "key": str(one.key)}
        relay.want(WANTED, certificates=[pair])
        address = f"share.test:{relay.clients}"
        assert scanned(address, authority.file.read_text(), tmp_path, *_TLS) == {}
