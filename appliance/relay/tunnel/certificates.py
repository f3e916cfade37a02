"""The certificates that clients are shown: by name, replaced while connections live."""

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from appliance.relay.tunnel.tls import ServerTls


class CertificateProblem(Exception):  # noqa: N818 - the name says it
    """A file cannot be used; the certificates loaded before go on."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files: the certificate followed by its intermediates, and its key."""

    chain: Path
    key: Path


class Certificates:
    """Which certificate answers which name; none at first."""

    def __init__(self) -> None:
        self._by_name: dict[str, ssl.SSLContext] = {}
        self._default: ssl.SSLContext | None = None

    def load(self, files: Iterable[CertificateFiles]) -> None:
        """Replace all. Raises `CertificateProblem` and changes nothing if one is unusable.

        Reads files and keys, some milliseconds each. The first one answers clients that ask for an
        unknown name; those that ask for none, as for an IP address, get the first one that has an
        address.
        """
        by_name: dict[str, ssl.SSLContext] = {}
        contexts: list[ssl.SSLContext] = []
        for pair in files:
            context = self._context(pair)
            contexts.append(context)
            for name in _names(pair.chain):
                by_name.setdefault(name, context)
        self._by_name = by_name
        self._default = contexts[0] if contexts else None

    def context(self, address: str) -> ssl.SSLContext | None:
        """For a new connection to one of our addresses, before its name is known."""
        return self._by_name.get(address) or self._by_name.get(_ANY_ADDRESS) or self._default

    def _context(self, files: CertificateFiles) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sslobject_class = ServerTls
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # As the proxy's; TLS 1.3 has its own. Clients written in Go know them all.
        context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        # A client comes once and stays: tickets to come back with would only be keys to keep.
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
        context.sni_callback = self._on_name
        try:
            context.load_cert_chain(files.chain, files.key)
        except (OSError, ssl.SSLError) as error:
            raise CertificateProblem(f"{files.chain}, {files.key}: {error}") from error
        return context

    def _on_name(
        self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> None:
        if name is None:
            return
        name = name.lower()
        if isinstance(connection, ServerTls):
            connection.server_name = name
        wildcard = "*." + name.partition(".")[2]
        context = self._by_name.get(name) or self._by_name.get(wildcard) or self._default
        if context is not None:
            connection.context = context


_ANY_ADDRESS = "any address"


def _names(chain: Path) -> list[str]:
    """What a certificate is for: small letters, addresses in their shortest form."""
    try:
        certificate = x509.load_pem_x509_certificates(chain.read_bytes())[0]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    except ValueError as error:
        raise CertificateProblem(f"{chain}: {error}") from error
    addresses = names.get_values_for_type(x509.IPAddress)
    found = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    found += [str(ipaddress.ip_address(str(address))) for address in addresses]
    return [*found, _ANY_ADDRESS] if addresses else found


def stamps(files: Iterable[CertificateFiles]) -> tuple[object, ...] | None:
    """What tells whether one of the files is another one now; None for no files."""
    return tuple(_stamp(path) for pair in files for path in (pair.chain, pair.key)) or None


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return path, None
    return path, found.st_mtime_ns, found.st_ino, found.st_size
