"""Where the relay is and how it is reached."""

import asyncio
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.relay.client import proxy as proxies
from appliance.relay.client.connection import Connection
from appliance.relay.client.failures import RelayError
from appliance.relay.client.proxy import Proxy, proxy_for

DEFAULT_PORT = 7000
DIAL_TIMEOUT = 10.0
"""Seconds for the connection and for TLS, each."""

_NO_TLS = (ssl.SSLError, ConnectionResetError, ConnectionAbortedError)
"""How a handshake fails with a peer that expects something else; the last is a time-out."""


@dataclass(frozen=True, slots=True)
class Relay:
    host: str
    port: int
    tls: bool
    ca: Path | None = None
    """PEM file of the only certificates to trust; None: those of this machine."""
    proxy: Proxy | None = None
    """The way to it."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    async def connect(self, connection: Connection) -> None:
        """Open the connection. RelayError explains a failure."""
        context = self._context() if self.tls else None
        try:
            async with asyncio.timeout(2 * DIAL_TIMEOUT):
                if self.proxy is not None:
                    await self._through(self.proxy, connection, context)
                    return
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    self.host,
                    self.port,
                    ssl=context,
                    ssl_handshake_timeout=DIAL_TIMEOUT if context else None,
                )
        except (OSError, ssl.SSLError) as error:
            raise self._explained(error) from None

    async def _through(
        self, proxy: Proxy, connection: Connection, context: ssl.SSLContext | None
    ) -> None:
        transport = await proxies.connect(proxy, self.host, self.port)
        if context is None:
            transport.set_protocol(connection)
            connection.connection_made(transport)
            return
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            connection,
            context,
            server_hostname=self.host,
            ssl_handshake_timeout=DIAL_TIMEOUT,
        )
        assert secured is not None
        connection.connection_made(secured)

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

    The way to it is the one that `https_proxy` and its relatives name. Without `tls` said,
    everything but this very machine is spoken to through TLS.
    """
    try:
        parts = urlsplit(f"//{server}")
        host, port = parts.hostname, parts.port
        # What no resolver can be asked for: two dots in a row, or a label without end.
        (host or "").encode("idna")
    except ValueError:
        host, port = None, None
    if host is None or parts.netloc != server or parts.username is not None:
        raise RelayError(f"{server!r} is no server.", "Write it as HOST:PORT.")
    here = _loopback(host)
    wanted = tls if tls is not None else ca is not None or not here
    port = DEFAULT_PORT if port is None else port
    return Relay(host, port, wanted, ca, None if here else proxy_for(host, port))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
