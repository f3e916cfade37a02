"""Which certificate answers which name, and what happens to a bad file."""

import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.relay.tunnel.certificates import (
    CertificateFiles,
    CertificateProblem,
    Certificates,
)
from appliance.relay.tunnel.tls import Tls, TlsFailure
from tests.running.relay_authority import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class Dial:
    """A handshake in memory with a client that asks for `name`; checked as the client would."""

    def __init__(self, certificates: Certificates, authority: Authority, name: str) -> None:
        context = ssl.create_default_context(cafile=str(authority.file))
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing, server_hostname=name)
        ours = certificates.context("192.0.2.1")
        assert ours is not None
        self.tls = Tls(ours)
        while not self.tls.established:
            with suppress(ssl.SSLWantReadError):
                client.do_handshake()
            self.tls.receive(outgoing.read())
            incoming.write(self.tls.send(b""))
        client.write(b"hello" * 10000)
        assert self.tls.receive(outgoing.read()) == b"hello" * 10000
        incoming.write(self.tls.send(b"x" * 100_000))
        got = b""
        while len(got) < 100_000:
            got += client.read(65536)


def test_names_wildcards_and_addresses(authority: Authority) -> None:
    certificates = Certificates()
    certificates.load(
        [
            authority.issue("relay.test"),
            authority.issue("*.share.test"),
            authority.issue("192.0.2.7", "198.51.100.1"),
        ]
    )
    for name in ("relay.test", "RELAY.test", "key.share.test", "192.0.2.7"):
        dial = Dial(certificates, authority, name)
        wanted = None if name[0].isdigit() else name.lower()
        assert dial.tls.server_name == wanted
    with pytest.raises(ssl.SSLCertVerificationError):
        Dial(certificates, authority, "other.test")


def test_a_bad_file_leaves_the_old_certificates(authority: Authority, tmp_path: Path) -> None:
    certificates = Certificates()
    good = authority.issue("relay.test")
    certificates.load([good])
    (tmp_path / "broken.pem").write_text("no certificate")
    wrong_key = CertificateFiles(good.chain, authority.issue("second.test").key)
    for bad in (
        CertificateFiles(tmp_path / "absent.pem", good.key),
        CertificateFiles(tmp_path / "broken.pem", good.key),
        wrong_key,
    ):
        with pytest.raises(CertificateProblem, match=str(bad.chain)):
            certificates.load([bad])
    assert Dial(certificates, authority, "relay.test").tls.established


def test_none_at_first_and_none_again(authority: Authority) -> None:
    certificates = Certificates()
    assert certificates.context("127.0.0.1") is None
    certificates.load([authority.issue("relay.test")])
    certificates.load([])
    assert certificates.context("127.0.0.1") is None


def test_noise_is_no_handshake(authority: Authority) -> None:
    certificates = Certificates()
    certificates.load([authority.issue("relay.test")])
    context = certificates.context("")
    assert context is not None
    with pytest.raises(TlsFailure) as failure:
        Tls(context).receive(b"\x16\x03\x01\x00\x05hello")
    assert failure.value.advice is None
