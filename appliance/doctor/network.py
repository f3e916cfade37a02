"""The outside world as the checks see it: names, addresses, ports, an authority's clock."""

import socket
import ssl
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import dns.exception
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

    def connects(self, host: str, port: int) -> bool:
        """Whether something listens there."""

    def get(self, url: str, host: str) -> tuple[int, str] | None:
        """Status and beginning of the answer of a host that is asked under another name."""

    def clock(self, url: str) -> datetime | None:
        """What a server says the time is."""


class Internet:
    """The real one."""

    def __init__(self) -> None:
        self._resolver = dns.resolver.Resolver()
        self._resolver.lifetime = _PATIENCE

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

    def connects(self, host: str, port: int) -> bool:
        try:
            with socket.create_connection((host, port), _PATIENCE):
                return True
        except OSError:
            return False

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
