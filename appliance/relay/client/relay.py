"""Where the relay is and how it is reached."""

import asyncio
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.relay.client.connection import Connection

DEFAULT_PORT = 7000
DIAL_TIMEOUT = 10.0
"""Seconds for the connection and for TLS, each."""

_NO_TLS = (ssl.SSLError, ConnectionResetError, ConnectionAbortedError)
"""How a handshake fails with a peer that expects something else; the last is a time-out."""


class RelayError(Exception):
    """No share can be had: what is wrong, and what the person at the terminal can do."""

    def __init__(self, summary: str, remedy: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Relay:
    host: str
    port: int
    tls: bool
    ca: Path | None = None
    """PEM file of the only certificates to trust; None: those of this machine."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    async def connect(self, connection: Connection) -> None:
        """Open the connection. RelayError explains a failure."""
        loop = asyncio.get_running_loop()
        context = self._context() if self.tls else None
        try:
            async with asyncio.timeout(2 * DIAL_TIMEOUT):
                await loop.create_connection(
                    lambda: connection,
                    self.host,
                    self.port,
                    ssl=context,
                    ssl_handshake_timeout=DIAL_TIMEOUT if context else None,
                )
        except (OSError, ssl.SSLError) as error:
            raise self._explained(error) from None

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            why = error.strerror or "it holds no certificate"
            raise RelayError(
                f"{self.ca} cannot be used to check the relay: {why}.",
                "Give --ca the certificate that the relay's operator gave you, in PEM form.",
            ) from None
        # Like Gradio's client: the file may also hold the relay's own certificate alone.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _explained(self, error: OSError) -> RelayError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return RelayError(
                f"The certificate of {self} is not accepted: {error.verify_message.rstrip('.')}.",
                "Give the relay's certificate with --ca FILE (its operator has it), or write the "
                "server's name as it stands in the certificate.",
            )
        if self.tls and isinstance(error, _NO_TLS):
            return RelayError(
                f"{self} does not speak TLS.",
                "If that is the right port and you trust the network between, add --no-tls.",
            )
        if isinstance(error, TimeoutError):
            return RelayError(
                f"{self} does not answer.",
                "A firewall may be in the way: shares need outgoing TCP to that port.",
            )
        return RelayError(
            f"{self} cannot be reached: {error.strerror or error}.",
            "Check the name and the port; the relay listens on "
            f"{DEFAULT_PORT} unless its operator chose another.",
        )


def relay(server: str, *, tls: bool | None = None, ca: Path | None = None) -> Relay:
    """From HOST, HOST:PORT or [IPv6]:PORT. RelayError if it is none of these.

    Without `tls` said, everything but this very machine is spoken to through TLS.
    """
    try:
        parts = urlsplit(f"//{server}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.netloc != server or parts.username is not None:
        raise RelayError(f"{server!r} is no server.", "Write it as HOST:PORT.")
    wanted = tls if tls is not None else ca is not None or not _loopback(host)
    return Relay(host, DEFAULT_PORT if port is None else port, wanted, ca)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
