"""The local certificate authority: HTTPS from the first byte, with nobody else involved.

Its root may sign only for the names it was made for. Whoever steals its key gains nothing against
people who installed the root, except on this very appliance.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.certs.model import Certificate, CertificateError, Origin, parsed
from appliance.config.addresses import is_ip

ROOT_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=90)
"""Renewed without anybody's doing; some systems refuse leaves of more than 825 days."""
LOOPBACK = ("127.0.0.0/8", "::1/128")
_BACKDATED = timedelta(hours=1)
"""For visitors whose clock is slow."""


@dataclass(frozen=True)
class Authority:
    """A root and its key."""

    root: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> str:
        """The root alone: this is what people install."""
        return self.root.public_bytes(Encoding.PEM).decode()

    @property
    def kept(self) -> str:
        """Key and root, for the disk."""
        return _pem(self.key) + self.pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex, as browsers show it."""
        return self.root.fingerprint(hashes.SHA256()).hex()

    @property
    def made(self) -> datetime:
        return self.root.not_valid_before_utc + _BACKDATED

    def serves(self, names: Iterable[str], now: datetime) -> bool:
        """Whether it may sign for all of these for the whole life of a leaf."""
        return self.root.not_valid_after_utc >= now + LEAF_LIFE and may_sign(self.root, names)

    @property
    def public(self) -> bool:
        """Whether it was made for names by which others come."""
        return any(not _loopback(one) for one in _permitted(self.root))


def may_sign(root: x509.Certificate, names: Iterable[str]) -> bool:
    """Whether all of these are among the names it was made for."""
    permitted = _permitted(root)
    return all(any(_within(name, one) for one in permitted) for name in names)


def create(names: Iterable[str], title: str, now: datetime) -> Authority:
    """A new root for these names and everything below them, and for loopback.

    `title` tells one appliance's root from another's in a browser's list.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gradio Appliance"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{title} (since {now:%Y-%m-%d})"[:64]),
        ]
    )
    builder = (
        _builder(subject, subject, key, now, ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_subtrees(names), None), critical=True)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def loaded(kept: str) -> Authority:
    """The reverse of `Authority.kept`. Raises `CertificateError`."""
    try:
        key = serialization.load_pem_private_key(kept.encode(), password=None)
        root = x509.load_pem_x509_certificate(kept.encode())
    except ValueError:
        raise CertificateError("the local authority's file is damaged") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError("the local authority's key is of another kind")
    return Authority(root, key)


def issue(authority: Authority, names: Iterable[str], now: datetime) -> Certificate:
    """A leaf with a key of its own for these DNS names, wildcards and IP addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = sorted(set(names))
    alternatives = x509.SubjectAlternativeName([_general(name) for name in wanted])
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    builder = (
        _builder(x509.Name([]), authority.root.subject, key, now, LEAF_LIFE)
        # Without a subject the alternatives are all there is.
        .add_extension(alternatives, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    )
    leaf = builder.sign(authority.key, hashes.SHA256())
    return parsed(leaf.public_bytes(Encoding.PEM).decode(), _pem(key), Origin.LOCAL_CA)


def nameless(now: datetime) -> Certificate:
    """For visitors of names that are not ours: it tells them nothing, and nobody accepts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(x509.Name([]), x509.Name([]), key, now, ROOT_LIFE)
    leaf = builder.sign(key, hashes.SHA256())
    return parsed(leaf.public_bytes(Encoding.PEM).decode(), _pem(key), Origin.LOCAL_CA)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    start = now.astimezone(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _subtrees(names: Iterable[str]) -> list[x509.GeneralName]:
    """Kinds of names that are not listed would be free, so loopback is always among them."""
    wanted = {name.removeprefix("*.") for name in names} | {"localhost", *LOOPBACK}
    hosts = {name for name in wanted if not is_ip(name) and name not in LOOPBACK}
    top = {h for h in hosts if not any(h.endswith(f".{other}") for other in hosts)}
    addresses = [x509.IPAddress(ipaddress.ip_network(name)) for name in sorted(wanted - hosts)]
    return [*(x509.DNSName(name) for name in sorted(top)), *addresses]


def _permitted(root: x509.Certificate) -> list[x509.GeneralName]:
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints).value
    return constraints.permitted_subtrees or []


def _loopback(subtree: x509.GeneralName) -> bool:
    if isinstance(subtree, x509.IPAddress):
        return ipaddress.ip_network(str(subtree.value)).is_loopback
    return str(subtree.value).rpartition(".")[2] == "localhost"


def _within(name: str, subtree: x509.GeneralName) -> bool:
    if isinstance(subtree, x509.IPAddress):
        network = ipaddress.ip_network(str(subtree.value))
        return is_ip(name) and ipaddress.ip_address(name) in network
    bare = name.removeprefix("*.")
    return not is_ip(name) and (bare == subtree.value or bare.endswith(f".{subtree.value}"))


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if is_ip(name) else x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
