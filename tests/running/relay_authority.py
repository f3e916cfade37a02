"""Certificates for tests, by an authority of their own."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from appliance.relay.tunnel.certificates import CertificateFiles

DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.certificate = self._builder(self.subject, self.key).add_extension(constraints, True)
        self.signed = self.certificate.sign(self.key, SHA256())
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(self.signed.public_bytes(Encoding.PEM))

    def issue(self, *names: str, days: int = 1, revocations: str = "") -> CertificateFiles:
        """For host names and addresses; `revocations` is where the list of revoked ones is."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        signed = self._builder(subject, key, days).add_extension(alternatives, False)
        if revocations:
            where = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(revocations)], *[None] * 3
            )
            signed = signed.add_extension(x509.CRLDistributionPoints([where]), False)
        chain = self.folder / f"{names[0].replace('*', '_')}.pem"
        chain.write_bytes(signed.sign(self.key, SHA256()).public_bytes(Encoding.PEM))
        key_file = chain.with_suffix(".key")
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return CertificateFiles(chain, key_file)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = 90
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + days * DAY)
        )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
