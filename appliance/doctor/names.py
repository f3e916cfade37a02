"""Whether every name leads to this machine."""

from collections.abc import Iterator

from appliance.config.addresses import is_ip, names
from appliance.doctor.keys import key_of
from appliance.doctor.model import Diagnosis, Examination, listed

CHECK = "names"


def check(found: Examination) -> Iterator[Diagnosis]:
    good: dict[str, list[str]] = {}
    for name in names(found.config):
        if "*" in name or name == f"share.{found.config.domain}":
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
        return Diagnosis(
            CHECK,
            "bad",
            f"{name} leads nowhere",
            f"Add an A record for {name} (and AAAA, if the machine has IPv6) with the address of "
            "this machine. A new record may take an hour to be seen.",
            at=key_of(name, found.config),
        )
    told = f"{name} leads to {', '.join(addresses)}"
    if set(addresses) <= found.network.own_addresses():
        return Diagnosis(CHECK, "good", f"{told}, this machine")
    if found.probe is None:
        return Diagnosis(
            CHECK,
            "unknown",
            f"{told}, which is no address of this machine's own",
            "Start the appliance and ask again: it then tries whether it meets itself there.",
            at=key_of(name, found.config),
        )
    answer = found.network.get(f"http://{name}{found.probe.path}", name)
    if answer == (200, found.probe.word):
        return Diagnosis(CHECK, "good", f"{told}, where this appliance answers")
    if answer is not None:
        return Diagnosis(
            CHECK,
            "bad",
            f"{told}, where somebody else answers",
            f"Correct the record of {name}, or what the router at that address forwards.",
            at=key_of(name, found.config),
        )
    return Diagnosis(
        CHECK,
        "unknown",
        f"{told}, where nobody answers by plain HTTP",
        "If the machine is behind a router: it must forward port 80, and some routers lead nobody "
        "from inside back in. Open http://"
        f"{name}{found.probe.path} from elsewhere: a word must appear.",
        at=key_of(name, found.config),
    )
