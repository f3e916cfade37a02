"""Whether the ports are reached by the public name."""

from collections.abc import Iterator

from appliance.config.findings import KeyPath
from appliance.doctor.model import Diagnosis, Examination

CHECK = "ports"


def check(found: Examination) -> Iterator[Diagnosis]:
    config = found.config
    if config.domain is None or not config.public:
        return
    if found.probe is None:
        yield Diagnosis(CHECK, "unknown", "the appliance does not run", "Start it and ask again.")
        return
    wanted: list[tuple[int, str, KeyPath]] = [(config.ports.http, "HTTP", ("ports", "http"))]
    if config.tls_mode != "off":
        wanted.append((config.ports.https, "HTTPS", ("ports", "https")))
    if config.share is not None:
        wanted.append((config.share.port, "share links", ("share", "port")))
    for port, what, key in wanted:
        if found.network.connects(config.domain, port):
            yield Diagnosis(CHECK, "good", f"port {port} ({what}) answers at {config.domain}")
        else:
            yield Diagnosis(
                CHECK,
                "bad",
                f"port {port} ({what}) does not answer at {config.domain}",
                "Open it in the firewall of the machine and of its provider; behind a router, "
                "forward it. `appliance status` says whether the machine itself listens.",
                at=key,
            )
