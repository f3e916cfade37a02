"""Whether names promise IPv6 where only IPv4 is let in."""

from collections.abc import Iterator

from appliance.config.addresses import is_ip, names
from appliance.doctor.keys import key_of
from appliance.doctor.model import Diagnosis, Examination

CHECK = "ipv6"


def check(found: Examination) -> Iterator[Diagnosis]:
    """An authority prefers IPv6 where a name has it, and does not try IPv4 in its place."""
    if not found.ipv4_only:
        return
    for name in names(found.config):
        if "*" in name or is_ip(name):
            continue
        led = [address for address in found.network.addresses(name) if ":" in address]
        if led:
            yield Diagnosis(
                CHECK,
                "bad",
                f"{name} leads to {', '.join(led)}, but containers take visitors by IPv4 only",
                f"Remove the AAAA record of {name}; everybody comes by IPv4 as well. Without "
                "Docker (`scripts/up --embedded`) the ports are open for IPv6 too.",
                at=key_of(name, found.config),
            )
