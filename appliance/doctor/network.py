"""The outside world as the checks see it: names, addresses, ports, an authority's clock."""

import hashlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.resolver
import httpx
import psutil

_PATIENCE = 5.0


class Network(Protocol):
    """Answers are None where nobody could be asked."""

    def addresses(self, name: str) -> tuple[str, ...]:
        """What a name leads to; empty if it leads nowhere."""

    def own_addresses(self) -> frozenset[str]:
        """Those of this machine's interfaces."""

    def caa(self, name: str) -> tuple[str, ...] | None:
        """`issue` and `issuewild` values that apply to a name, `tag value` each."""

    def texts(self, name: str) -> Mapping[str, frozenset[str]]:
        """The TXT records of a name by each server of its zone; who cannot be asked is left out."""

    def connects(self, host: str, port: int) -> bool:
        """Whether something listens there."""

    def certificate(self, host: str, port: int) -> str | None:
        """SHA-256 of the certificate that is shown there, in hex; None without TLS."""

    def get(self, url: str, host: str) -> tuple[int, str] | None:
        """Status and beginning of the answer of a host that is asked under another name."""

    def clock(self, url: str) -> datetime | None:
        """What a server says the time is."""


class Internet:
    """The real one."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None, port: int = 53) -> None:
        """`port` is that of name servers."""
        self._resolver = resolver or dns.resolver.Resolver()
        self._resolver.lifetime = _PATIENCE
        self._port = port

    def addresses(self, name: str) -> tuple[str, ...]:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except OSError:
            return ()
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def own_addresses(self) -> frozenset[str]:
        return frozenset(
            address.address.split("%")[0]
            for addresses in psutil.net_if_addrs().values()
            for address in addresses
            if address.family in (socket.AF_INET, socket.AF_INET6)
        )

    def caa(self, name: str) -> tuple[str, ...] | None:
        # RFC 8659: the nearest ancestor that has any decides.
        labels = name.removeprefix("*.").split(".")
        for start in range(len(labels) - 1):
            parent = ".".join(labels[start:])
            try:
                found = self._resolver.resolve(parent, "CAA")
            except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
                continue
            except dns.exception.DNSException:
                return None
            return tuple(f"{rdata.tag.decode()} {rdata.value.decode()}" for rdata in found)
        return ()

    def texts(self, name: str) -> Mapping[str, frozenset[str]]:
        try:
            # A zone may lead the name elsewhere, as for acme-dns.
            where = self._resolver.canonical_name(name)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            where = dns.name.from_text(name)
        except dns.exception.DNSException:
            return {}
        found = {}
        for server, address in self._servers(where):
            question = dns.message.make_query(where, dns.rdatatype.TXT)
            with suppress(OSError, dns.exception.DNSException):
                answer, _ = dns.query.udp_with_fallback(question, address, _PATIENCE, self._port)
                found[server] = frozenset(
                    b"".join(rdata.strings).decode(errors="replace")
                    for rrset in answer.answer
                    if rrset.rdtype == dns.rdatatype.TXT
                    for rdata in rrset
                )
        return found

    def _servers(self, name: dns.name.Name) -> Iterator[tuple[str, str]]:
        """Name and address of each server of a name's zone."""
        with suppress(dns.exception.DNSException):
            zone = dns.resolver.zone_for_name(name, resolver=self._resolver)
            for server in self._resolver.resolve(zone, "NS"):
                told = server.target.to_text(omit_final_dot=True)
                for kind in ("AAAA", "A"):
                    with suppress(dns.exception.DNSException):
                        for address in self._resolver.resolve(server.target, kind):
                            yield told, address.to_text()

    def connects(self, host: str, port: int) -> bool:
        try:
            with socket.create_connection((host, port), _PATIENCE):
                return True
        except OSError:
            return False

    def certificate(self, host: str, port: int) -> str | None:
        try:
            with (
                socket.create_connection((host, port), _PATIENCE) as plain,
                _anybody().wrap_socket(plain, server_hostname=host) as secured,
            ):
                shown = secured.getpeercert(binary_form=True)
        except OSError:
            return None
        return hashlib.sha256(shown).hexdigest() if shown else None

    def get(self, url: str, host: str) -> tuple[int, str] | None:
        with httpx.Client(verify=_anybody(), trust_env=False, timeout=_PATIENCE) as client:
            try:
                answer = client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
            except httpx.HTTPError:
                return None
        return answer.status_code, answer.text[:1000]

    def clock(self, url: str) -> datetime | None:
        # By a clock that is far off no certificate is valid; and the authority may be private.
        with suppress(httpx.HTTPError, KeyError, ValueError, TypeError):
            answer = httpx.head(url, timeout=_PATIENCE, verify=_anybody())
            return parsedate_to_datetime(answer.headers["date"])
        return None


def _anybody() -> ssl.SSLContext:
    """What is asked is who answers and what, not whether the certificate is any good."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
