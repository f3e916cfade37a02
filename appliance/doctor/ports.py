"""Whether the ports are reached by the public name, and whether it is us who answers there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.commands import COMMAND
from appliance.config.addresses import is_ip, share_domain, trusted, visitors_port
from appliance.config.findings import KeyPath
from appliance.config.schema import Config
from appliance.doctor.model import PROXY, Diagnosis, Examination

CHECK = "ports"


@dataclass(frozen=True)
class _Port:
    number: int
    what: str
    key: KeyPath
    ours: Callable[[Examination, str, int], bool]
    """Whether who answers there is this appliance, as far as that can be told."""
    host: str | None = None
    """Where it is looked for; None: at the domain."""


def check(found: Examination) -> Iterator[Diagnosis]:
    config = found.config
    if config.domain is None or not config.public:
        return
    if not found.runs:
        yield Diagnosis(CHECK, "unknown", "the appliance does not run", "Start it and ask again.")
        return
    if not is_ip(config.domain) and not found.network.addresses(config.domain):
        # Which is told, and what to do about it is not to open a firewall.
        return
    for port in _ports(found):
        yield _found(found, port.host or config.domain, port)


def _ports(found: Examination) -> Iterator[_Port]:
    config = found.config
    if trusted(config):
        # A proxy in front: what is open here is between the two.
        yield _Port(visitors_port(config), "HTTPS", ("tls", "trusted_proxies"), _told("https"))
    else:
        yield from _of_visitors(config)
    if config.share is not None:
        # A share domain that leads nowhere is told as such; the domain may still do.
        share = share_domain(config)
        host = share if share and found.network.addresses(share) else None
        yield _Port(config.share.port, "share links", ("share", "port"), _shown, host)


def _of_visitors(config: Config) -> Iterator[_Port]:
    yield _Port(config.ports.http, "HTTP", ("ports", "http"), _told("http"))
    if config.tls_mode != "off":
        yield _Port(config.ports.https, "HTTPS", ("ports", "https"), _told("https"))


def _found(found: Examination, host: str, port: _Port) -> Diagnosis:
    where = f"port {port.number} ({port.what})"
    if not found.network.connects(host, port.number):
        return Diagnosis(
            CHECK,
            "bad",
            f"{where} does not answer at {host}",
            "Open it in the firewall of the machine and of its provider; behind a router, "
            f"forward it. `{COMMAND} status` says whether the machine itself listens. Some routers "
            "lead nobody from inside back in: try it from another network as well.",
            at=port.key,
        )
    if not port.ours(found, host, port.number):
        return Diagnosis(
            CHECK,
            "bad",
            f"at {host} somebody else answers on {where}",
            PROXY if trusted(found.config) else _ELSE.format(host=host),
            at=port.key,
        )
    return Diagnosis(CHECK, "good", f"{where} answers at {host}, asked from this machine")


_ELSE = (
    "Behind a router: have it forward this port to this machine; many routers answer on 80 and 443 "
    "themselves. Else correct the record of {host}."
)


def _told(scheme: str) -> Callable[[Examination, str, int], bool]:
    """By a word that only this appliance knows."""

    def ours(found: Examination, host: str, port: int) -> bool:
        probe = found.probe
        if probe is None:
            return True
        answer = found.network.get(f"{scheme}://{host}:{port}{probe.path}", host)
        return answer == (200, probe.word)

    return ours


def _shown(found: Examination, host: str, port: int) -> bool:
    """By the certificate: the relay has no word to tell."""
    given = found.certificates.files if found.certificates else ()
    shown = found.network.certificate(host, port) or ""
    # Each file is called by what it holds.
    return not given or shown[:32] in {Path(file).stem for file in given}
