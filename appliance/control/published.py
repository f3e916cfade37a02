"""The ports the YAML asks for against the ports Compose has published."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.commands import UP
from appliance.config.addresses import http3, trusted
from appliance.config.schema import Config
from appliance.control.status import Notice
from appliance.environment import NONE

_EVERYWHERE = ("0.0.0.0", "[::]", "::", "")  # noqa: S104 - compared, not bound
_REMEDY = f"Run `{UP}` on the machine: it publishes the ports the YAML names."
_ANEW = f"Run `{UP}` on the machine: the proxy reads it when it starts."


@dataclass(frozen=True)
class Published:
    """`host:port` of each entry point on the machine, or `none`; None: nobody told."""

    local: str | None = None
    http: str | None = None
    https: str | None = None
    trusted: tuple[str, ...] | None = None
    """Networks of proxies in front that the proxy believes."""
    http3: bool | None = None
    share: str | None = None


def notices(config: Config, published: Published) -> tuple[Notice, ...]:
    """What differs between the YAML and the machine. Ports change only with new containers."""
    wanted_local = None if config.public else config.ports.local
    wanted_http = config.ports.http if config.public else None
    wanted_https = config.ports.https if config.tls_mode != "off" else None
    found = (
        _local(wanted_local, published.local),
        _http(wanted_http, published.http),
        _share(config, published.share),
        _https(wanted_https, published.https),
    )
    return (
        *(Notice(code="ports-differ", message=text, remedy=_REMEDY) for text in found if text),
        *(Notice(code="ports-differ", message=t, remedy=_ANEW) for t in _proxy(config, published)),
    )


def _local(wanted: int | None, published: str | None) -> str | None:
    if wanted is None or published is None:
        return None
    asks = f"The YAML asks for port {wanted} on this machine only"
    return _difference(asks, "127.0.0.1", wanted, published)


def _http(wanted: int | None, published: str | None) -> str | None:
    if published is None:
        return None
    if wanted is None:
        if published == NONE:
            return None
        return (
            "The YAML asks for local mode, but the machine listens for everyone on "
            f"{_words(published)}. Nothing is served there."
        )
    return _difference(f"The YAML asks for port {wanted} on all addresses", "", wanted, published)


def _share(config: Config, published: str | None) -> str | None:
    if published is None or config.share is None:
        return None  # a port nobody listens behind harms nobody
    port = config.share.port
    if config.public:
        asks = f"The YAML asks for port {port} on all addresses for share clients"
        return _difference(asks, "", port, published)
    asks = f"The YAML asks for port {port} on this machine only for share clients"
    return _difference(asks, "127.0.0.1", port, published)


def _https(wanted: int | None, published: str | None) -> str | None:
    if published is None or (wanted is None and published == NONE):
        return None
    if wanted is None:
        return f"The YAML asks for no TLS, but the machine listens on {_words(published)}."
    return _difference(f"The YAML asks for port {wanted} on all addresses", "", wanted, published)


def _proxy(config: Config, published: Published) -> Iterator[str]:
    if published.trusted is not None and published.trusted != trusted(config):
        yield "`tls.trusted_proxies` is not in force yet: visitors are taken for the proxy itself."
    if published.http3 is not None and published.http3 != http3(config):
        yield "`tls.http3` is not in force yet."


def answers_http(config: Config, published: Published) -> bool:
    """Whether an authority that comes by plain HTTP would be let in, as far as is known here."""
    return not config.public or _http(config.ports.http, published.http) is None


def ipv4_only(published: str | None) -> bool:
    """Whether visitors with IPv6 find nothing at an address as the machine publishes it."""
    return published is not None and published.startswith("0.0.0.0:")


def _difference(asks: str, host: str, port: int, published: str) -> str | None:
    if published == NONE:
        return f"{asks}, but no such port is open."
    found_host, _, found_port = published.rpartition(":")
    everywhere = found_host in _EVERYWHERE
    same_host = everywhere if host == "" else found_host == host
    if found_port == str(port) and same_host:
        return None
    return f"{asks}, but the machine listens on {_words(published)}."


def _words(published: str) -> str:
    host, _, port = published.rpartition(":")
    return f"port {port} on all addresses" if host in _EVERYWHERE else f"port {port} of {host}"
