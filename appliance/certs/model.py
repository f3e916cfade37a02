"""A certificate with its key: the one form in which all origins meet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from appliance.config.addresses import is_ip


class Origin(StrEnum):
    """Who vouches for a certificate, the least trusted first."""

    LOCAL_CA = "local-ca"
    """Our own authority; trusted where its root was installed."""
    FILES = "files"
    """Named in the YAML."""
    CERTBOT = "certbot"
    """A certificate authority asked over ACME."""


class CertificateError(Exception):
    """A text is not a certificate with its key. The message never quotes it."""


@dataclass(frozen=True)
class Certificate:
    """One leaf with the chain that leads to its root, and the leaf's key."""

    names: tuple[str, ...]
    """DNS names in small letters, wildcards as `*.example.org`, IP addresses; sorted."""
    not_before: datetime
    not_after: datetime
    origin: Origin
    fingerprint: str
    """SHA-256 of the leaf, in hex."""
    issuer: str
    chain: str = field(repr=False)
    """PEM, the leaf first."""
    key: str = field(repr=False)
    """PEM, unencrypted."""

    @property
    def pem(self) -> str:
        """Key and chain in one text: `ssl.SSLContext.load_cert_chain` takes it as one file."""
        return self.key + self.chain

    def valid(self, now: datetime) -> bool:
        return self.not_before <= now < self.not_after

    def covers(self, name: str) -> bool:
        """Whether a visitor of `name` accepts it; `*.example.org` needs just that wildcard."""
        return covered(name, self.names)


def covered(name: str, names: Iterable[str]) -> bool:
    """Whether one of `names` is `name` or a wildcard for it. A wildcard is one label deep."""
    label, dot, parent = name.partition(".")
    wildcard = f"*.{parent}" if dot and label != "*" and not is_ip(name) else name
    return any(one in (name, wildcard) for one in names)


def parsed(chain: str, key: str, origin: Origin) -> Certificate:
    """Both texts as one certificate. Raises `CertificateError` if they do not fit."""
    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
    except ValueError:
        raise CertificateError("there is no certificate in PEM form in it") from None
    leaf = certificates[0]
    if _public(_private(key)) != leaf.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ):
        raise CertificateError("certificate and key do not belong together")
    for lower, upper in pairwise(certificates):
        if lower.issuer != upper.subject:
            raise CertificateError(
                "the chain is out of order: the certificate itself comes first,"
                " then each one's issuer"
            )
    return Certificate(
        names=_names(leaf),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        origin=origin,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        issuer=_issuer(leaf),
        chain="".join(c.public_bytes(Encoding.PEM).decode() for c in certificates),
        key=key if key.endswith("\n") else key + "\n",
    )


def split(pem: str, origin: Origin) -> Certificate:
    """The reverse of `Certificate.pem`. Raises `CertificateError`."""
    marker = "-----BEGIN CERTIFICATE-----"
    key, found, chain = pem.partition(marker)
    return parsed(found + chain, key, origin)


def _private(key: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise CertificateError(
            "the key is encrypted; it must be stored without a password"
        ) from None
    except ValueError:
        raise CertificateError("there is no private key in PEM form in it") from None


def _public(private: PrivateKeyTypes) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = (name.lower() for name in found.get_values_for_type(x509.DNSName))
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    return tuple(sorted({*dns, *addresses}))


def _issuer(leaf: x509.Certificate) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in leaf.issuer.get_attributes_for_oid(oid):
            return str(attribute.value)
    return leaf.issuer.rfc4514_string()
