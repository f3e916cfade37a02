"""Whether names below the domain, which apps and shares have, lead to the same place."""

import secrets
from collections.abc import Iterator

from appliance.config.addresses import is_ip, names
from appliance.doctor.keys import key_of
from appliance.doctor.model import Diagnosis, Examination

CHECK = "wildcard"


def check(found: Examination) -> Iterator[Diagnosis]:
    domain = found.config.domain
    if domain is None or is_ip(domain):
        return
    expected = set(found.network.addresses(domain))
    for name in names(found.config):
        if not name.startswith("*.") or not expected:
            continue
        # A name that nobody has asked for before: no cache knows it.
        label = f"doctor-{secrets.token_hex(4)}"
        addresses = found.network.addresses(name.replace("*", label, 1))
        if set(addresses) == expected:
            yield Diagnosis(CHECK, "good", f"{name} leads to where {domain} leads")
        elif addresses:
            yield Diagnosis(
                CHECK,
                "bad",
                f"{name} leads to {', '.join(addresses)}, unlike {domain}",
                f"Give the wildcard record {name} the addresses of {domain}.",
                at=key_of(name, found.config),
            )
        else:
            yield Diagnosis(
                CHECK,
                "bad",
                f"{name} leads nowhere: share links will not be found",
                f"Add a wildcard record {name} with the addresses of {domain}.",
                at=key_of(name, found.config),
            )
