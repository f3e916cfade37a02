"""Whether the domain's CAA records let the authority issue."""

from collections.abc import Iterator

from appliance.certs.names import orders
from appliance.doctor.keys import key_of
from appliance.doctor.model import Diagnosis, Examination

CHECK = "caa"
_OURS = {"letsencrypt": "letsencrypt.org", "letsencrypt-staging": "letsencrypt.org"}


def check(found: Examination) -> Iterator[Diagnosis]:
    ours = _OURS.get(found.config.tls.directory)
    if found.config.tls_mode != "certbot" or ours is None:
        return
    for name in (name for order in orders(found.config) for name in order):
        records = found.network.caa(name)
        if records is None:
            yield Diagnosis(
                CHECK,
                "unknown",
                f"the CAA records of {name} cannot be asked for",
                "These records of your zone say which authorities may issue; without any, all may. "
                "See whether this machine's name server answers (/etc/resolv.conf).",
                at=key_of(name, found.config),
            )
        elif not _allowed(records, ours, wildcard=name.startswith("*.")):
            yield Diagnosis(
                CHECK,
                "bad",
                f"the CAA records of {name} forbid {ours}: {'; '.join(records)}",
                f'Add the record `CAA 0 issue "{ours}"`, or remove the others.',
                at=key_of(name, found.config),
            )
        else:
            yield Diagnosis(CHECK, "good", f"{ours} may issue for {name}")


def _allowed(records: tuple[str, ...], ours: str, *, wildcard: bool) -> bool:
    pairs = [record.partition(" ")[::2] for record in records]
    wild = [value for tag, value in pairs if tag == "issuewild"]
    issue = [value for tag, value in pairs if tag == "issue"]
    relevant = wild if wildcard and wild else issue
    return not relevant or any(value.split(";")[0].strip() == ours for value in relevant)
