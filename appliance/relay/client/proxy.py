"""The way out through an HTTP proxy, where a network has no other one."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httptools

from appliance.relay.client.failures import RelayError

_VARIABLES = ("https", "all", "http")
"""In this order: a share is a connection of any kind, which proxies treat as they treat HTTPS."""
_HEAD = 16 << 10
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Proxy:
    host: str
    port: int
    credentials: str = field(default="", repr=False)
    """`user:password`."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_for(host: str, port: int) -> Proxy | None:
    """What the environment, or else the system, says of the way to a host. Raises `RelayError`."""
    said = getproxies()
    if proxy_bypass(f"{host}:{port}") or proxy_bypass(host):
        return None
    for scheme in _VARIABLES:
        if url := said.get(scheme):
            return _read(f"{scheme}_proxy", url)
    return None


def _read(variable: str, url: str) -> Proxy:
    # What is wrong is never quoted: it may hold a password.
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host = None
    if host is None or parts.scheme != "http":
        raise RelayError(
            f"The proxy in {variable} cannot be used.",
            "Write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT; no_proxy names the "
            "hosts that need none.",
        )
    named = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(host, port, named)


async def connect(proxy: Proxy, host: str, port: int) -> asyncio.Transport:
    """A connection to the host, without a protocol yet. OSError; RelayError if it is refused."""
    loop = asyncio.get_running_loop()
    try:
        transport, asking = await loop.create_connection(
            lambda: _Asking(proxy, host, port), proxy.host, proxy.port
        )
    except OSError as error:
        raise RelayError(
            f"The proxy {proxy} cannot be reached: {error.strerror or error}.",
            _CHECK,
        ) from None
    try:
        status = await asking.status
    except BaseException:
        transport.abort()
        raise
    if not 200 <= status < 300:
        transport.abort()
        raise _refusal(proxy, port, status)
    return transport


class _Asking(asyncio.Protocol):
    """Asks the proxy for a connection."""

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._proxy = proxy
        self._answer = httptools.HttpResponseParser(self)
        self._read = 0
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
        if proxy.credentials:
            packed = b64encode(proxy.credentials.encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {packed}")
        self._request = "\r\n".join([*lines, "", ""]).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        try:
            self._answer.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("it is no proxy")
        if self._read > _HEAD:
            self._fail("it answers without end")

    def on_headers_complete(self) -> None:
        status = self._answer.get_status_code()
        if status >= 200 and not self.status.done():
            self.status.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(str(exc or "it hung up"))

    def _fail(self, why: str) -> None:
        if not self.status.done():
            text = f"The proxy {self._proxy} gives no connection: {why}."
            self.status.set_exception(RelayError(text, _CHECK))


_CHECK = "Check https_proxy (or all_proxy, http_proxy); no_proxy names the hosts that need none."


def _refusal(proxy: Proxy, port: int, status: int) -> RelayError:
    if status == 407:
        return RelayError(
            f"The proxy {proxy} wants another name and password.",
            "Put them into https_proxy, as http://USER:PASSWORD@HOST:PORT.",
        )
    return RelayError(
        f"The proxy {proxy} lets nobody connect to port {port} there (it answers {status}).",
        "Ask its operator to allow it, or that of the relay for a port which the proxy allows: "
        "443, most often.",
    )
