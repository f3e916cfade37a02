"""Whether every name leads to this machine."""

from collections.abc import Iterator

from appliance.config.addresses import is_ip, names, share_domain, trusted
from appliance.doctor.keys import key_of
from appliance.doctor.model import PROXY, Diagnosis, Examination, listed

CHECK = "names"


def check(found: Examination) -> Iterator[Diagnosis]:
    good: dict[str, list[str]] = {}
    for name in names(found.config):
        if "*" in name:
            continue
        one = _name(found, name)
        if one.state == "good":
            good.setdefault(one.message.removeprefix(name), []).append(name)
        else:
            yield one
    for told, alike in good.items():
        verb = told if len(alike) == 1 else told.replace(" leads ", " lead ", 1)
        yield Diagnosis(CHECK, "good", f"{listed(alike)}{verb}")


def _name(found: Examination, name: str) -> Diagnosis:
    addresses = (name,) if is_ip(name) else found.network.addresses(name)
    if not addresses:
        return _nowhere(found, name)
    told = f"{name} leads to {', '.join(addresses)}"
    if set(addresses) <= found.network.own_addresses():
        return Diagnosis(CHECK, "good", f"{told}, this machine")
    if trusted(found.config) and name == share_domain(found.config):
        # Clients go round the proxy that visitors come by, to wherever the port is open.
        return Diagnosis(CHECK, "good", told)
    return _asked(found, name, told)


def _nowhere(found: Examination, name: str) -> Diagnosis:
    message, why = f"{name} leads nowhere", ""
    if name == share_domain(found.config):
        message += ": share clients do not find the relay"
        why = " A wildcard record does not count for a name that has others below it, as this has."
    return Diagnosis(
        CHECK,
        "bad",
        message,
        f"Add an A record for {name} (and AAAA, if the machine has IPv6) with the address of this "
        f"machine.{why} A new record may take an hour to be seen.",
        at=key_of(name, found.config),
    )


def _asked(found: Examination, name: str, told: str) -> Diagnosis:
    """By a word, whether we are met where the name leads."""
    at = key_of(name, found.config)
    if found.probe is None:
        message = f"{told}, which is no address of this machine's own"
        remedy = _NO_ROOM if found.runs else _NOT_RUNNING
        return Diagnosis(CHECK, "unknown", message, remedy, at=at)
    scheme, port = _way(found)
    url = f"{scheme}://{name}{port}{found.probe.path}"
    answer = found.network.get(url, name)
    if answer == (200, found.probe.word):
        return Diagnosis(CHECK, "good", f"{told}, where this appliance answers")
    if answer is not None:
        remedy = f"Correct the record of {name}, or what the router at that address forwards."
        remedy = PROXY if trusted(found.config) else remedy
        return Diagnosis(CHECK, "bad", f"{told}, where somebody else answers", remedy, at=at)
    how = "plain HTTP" if scheme == "http" else "HTTPS"
    return Diagnosis(
        CHECK,
        "unknown",
        f"{told}, where nobody answers by {how}",
        f"If the machine is behind a router: it must forward port {port[1:] or _PORTS[scheme]}, "
        f"and some routers lead nobody from inside back in. Open {url} from elsewhere: a word must "
        "appear.",
        at=at,
    )


def _way(found: Examination) -> tuple[str, str]:
    """How visitors come first: the scheme, and the port if it has to be said."""
    if trusted(found.config):
        return "https", ""
    # An authority comes to 80, which a router may well lead to another port of ours.
    port = found.config.ports.http
    behind = port == _PORTS["http"] or found.config.tls_mode == "certbot"
    return "http", "" if behind else f":{port}"


_PORTS = {"http": 80, "https": 443}
_NOT_RUNNING = "Start the appliance and ask again: it then tries whether it meets itself there."
_NO_ROOM = (
    "See what is said of the disk, and ask again: a word is put there, by which the appliance "
    "tells whether it meets itself."
)
