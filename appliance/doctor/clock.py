"""Whether this machine's clock is right: certificates are valid from and until a moment."""

from collections.abc import Iterator
from datetime import timedelta

from appliance.certs.certbot import DIRECTORIES
from appliance.doctor.model import Diagnosis, Examination

CHECK = "clock"
_TOLERATED = timedelta(minutes=2)


def check(found: Examination) -> Iterator[Diagnosis]:
    if found.config.tls_mode != "certbot":
        return
    url = DIRECTORIES.get(found.config.tls.directory, found.config.tls.directory)
    told = found.network.clock(url)
    if told is None:
        yield Diagnosis(
            CHECK,
            "unknown",
            f"{url} does not answer",
            "See whether this machine reaches the Internet by HTTPS: without it there are no "
            "certificates.",
            at=("tls", "directory"),
        )
        return
    off = abs(told - found.now)
    if off <= _TOLERATED:
        yield Diagnosis(CHECK, "good", "the clock is right")
    else:
        yield Diagnosis(
            CHECK,
            "bad",
            f"the clock is wrong by {int(off.total_seconds())} seconds",
            "Set it, best for ever: `timedatectl set-ntp true`.",
        )
