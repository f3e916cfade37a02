"""Whether the DNS provider takes records with these credentials, and shows them to the world."""

import time
from collections.abc import Iterator

from appliance.certs.names import orders
from appliance.certs.refusals import Refusal
from appliance.config.secrets import SecretError
from appliance.config.tls import DnsChallenge
from appliance.doctor.model import Diagnosis, Examination, listed
from appliance.doctor.proving import Record

CHECK = "propagation"
_PATIENCE = 30.0
"""Seconds that a record may take to be seen."""
_AT = ("tls", "challenge")
_ELSEWHERE = (
    "See whether the zone is served by the provider that `tls.challenge` names. If it only takes "
    "its time, set `tls.challenge.propagation` to more than it takes."
)


def check(found: Examination) -> Iterator[Diagnosis]:
    config = found.config
    by_dns = config.tls_mode == "certbot" and isinstance(config.tls.challenge, DnsChallenge)
    if not by_dns or found.prove is None:
        return
    if found.certificates is not None and found.certificates.ordering:
        text = "records of an order are being written just now"
        yield Diagnosis(CHECK, "unknown", text, "Ask again in a minute or two.", _AT)
        return
    bare = (name.removeprefix("*.") for group in orders(config) for name in group)
    names = tuple(dict.fromkeys(bare))
    try:
        with found.prove(config, found.base, names) as records:
            if isinstance(records, Refusal):
                yield Diagnosis(CHECK, "bad", records.message, records.remedy, _AT)
            else:
                for record in records:
                    yield _seen(found, record)
    except SecretError:
        return  # `credentials` says so
    except OSError as error:
        text, remedy = f"records cannot be tried: {error}", "Make room, or give access to it."
        yield Diagnosis(CHECK, "unknown", text, remedy, _AT)


def _seen(found: Examination, record: Record) -> Diagnosis:
    """What the zone's own servers say of a record that was written."""
    end = time.monotonic() + _PATIENCE
    while True:
        answers = found.network.texts(record.name)
        lacking = [one for one, texts in answers.items() if record.text not in texts]
        if not lacking or time.monotonic() > end:
            break
        time.sleep(1)
    if not answers:
        return Diagnosis(
            CHECK,
            "unknown",
            f"the name servers of {record.name} cannot be asked",
            "See whether the zone is delegated, and whether this machine may ask name servers.",
            _AT,
        )
    if lacking:
        return Diagnosis(
            CHECK,
            "bad",
            f"{record.name} was written, and {listed(lacking)} did not show it",
            f"The zone needs this record: {record.delegation}" if record.delegation else _ELSEWHERE,
            _AT,
        )
    return Diagnosis(CHECK, "good", f"{record.name} was written and seen at {listed([*answers])}")
