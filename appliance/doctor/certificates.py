"""Whether visitors get a certificate that is valid and that they know."""

from collections.abc import Iterator
from datetime import timedelta

from appliance.certs.model import Origin
from appliance.doctor.model import Diagnosis, Examination

CHECK = "certificates"
_SOON = timedelta(days=7)


def check(found: Examination) -> Iterator[Diagnosis]:
    known = found.certificates
    if known is None or not found.config.public:
        return
    for one in known.names:
        if one.expires is None or one.expires <= found.now:
            yield Diagnosis(
                CHECK,
                "bad",
                f"{one.name} has no valid certificate",
                "`appliance certs` says what stands in the way.",
            )
        elif one.origin is Origin.LOCAL_CA and known.mode in {"certbot", "files"}:
            yield Diagnosis(
                CHECK,
                "bad",
                f"{one.name} has a certificate of the local authority only",
                "`appliance certs` says what stands in the way of a better one; a wildcard needs "
                "`tls.challenge: {dns: …}` or a file of yours.",
            )
        elif one.expires - found.now < _SOON and one.origin is Origin.CERTBOT:
            yield Diagnosis(
                CHECK,
                "bad",
                f"the certificate of {one.name} expires on {one.expires:%Y-%m-%d}",
                "It should have been renewed: `appliance certs` says what stands in the way.",
            )
        else:
            yield Diagnosis(CHECK, "good", f"{one.name} is good until {one.expires:%Y-%m-%d}")
    for problem in known.problems:
        yield Diagnosis(CHECK, "bad", problem.message, problem.remedy)
