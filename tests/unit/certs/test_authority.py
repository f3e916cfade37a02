"""The local authority, judged by OpenSSL in a real handshake."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.certs import authority
from appliance.certs.authority import LEAF_LIFE, Authority
from appliance.certs.model import Certificate, Origin

NOW = datetime.now(UTC)
NAMES = ("demos.example.org", "*.share.demos.example.org", "203.0.113.7")


@pytest.fixture(scope="module")
def ours() -> Authority:
    return authority.create(NAMES, "demos.example.org", NOW)


def accepted(root: str, certificate: Certificate, name: str, folder: Path) -> bool:
    """Whether a client that trusts only `root` accepts `certificate` for `name`."""
    file = folder / "pair.pem"
    file.write_text(certificate.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=root)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(here, server_hostname=name).close()
    except ssl.SSLCertVerificationError:
        return False
    finally:
        here.close()
        thread.join()
    return True


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("demos.example.org", True),
        ("abc.share.demos.example.org", True),
        ("203.0.113.7", True),
        ("example.org", False),
        ("a.b.share.demos.example.org", False),
        ("203.0.113.8", False),
    ],
)
def test_a_leaf_is_accepted_for_its_names_and_no_others(ours, tmp_path, name, good):
    assert accepted(ours.pem, authority.issue(ours, NAMES, NOW), name, tmp_path) is good


def test_a_thief_of_the_key_cannot_speak_for_other_names(ours, tmp_path):
    for name in ("bank.example.com", "198.51.100.1"):
        forged = authority.issue(ours, [name], NOW)
        assert not accepted(ours.pem, forged, name, tmp_path)


def test_loopback_is_always_among_its_names(ours, tmp_path):
    local = ("localhost", "share.localhost", "*.share.localhost", "127.0.0.1", "::1")
    assert ours.serves(local, NOW)
    leaf = authority.issue(ours, local, NOW)
    for name in ("localhost", "x.share.localhost", "127.0.0.1", "::1"):
        assert accepted(ours.pem, leaf, name, tmp_path)


def test_it_knows_for_which_names_and_how_long_it_may_sign(ours):
    assert ours.serves(["hello.demos.example.org", "demos.example.org"], NOW)
    assert not ours.serves(["other.example.org"], NOW)
    assert not ours.serves(["203.0.113.8"], NOW)
    assert not ours.serves(["xdemos.example.org"], NOW)
    assert not ours.serves(NAMES, NOW + timedelta(days=3600))


def test_it_survives_the_disk(ours):
    again = authority.loaded(ours.kept)
    assert again.fingerprint == ours.fingerprint
    assert "BEGIN PRIVATE KEY" in ours.kept
    assert "PRIVATE" not in ours.pem


def test_keys_are_shown_nowhere(ours):
    leaf = authority.issue(ours, NAMES, NOW)
    assert "PRIVATE" in leaf.pem
    assert "PRIVATE" not in repr(leaf)
    assert "PRIVATE" not in repr(ours)


def test_a_leaf_lasts_as_said_and_starts_a_little_earlier(ours):
    leaf = authority.issue(ours, NAMES, NOW)
    assert leaf.origin is Origin.LOCAL_CA
    assert leaf.names == tuple(sorted(NAMES))
    assert leaf.not_after == NOW.replace(microsecond=0) + LEAF_LIFE
    assert leaf.valid(NOW - timedelta(minutes=5))


def test_the_certificate_for_strangers_names_nobody():
    found = authority.nameless(NOW)
    assert found.names == ()
    assert found.issuer == ""
