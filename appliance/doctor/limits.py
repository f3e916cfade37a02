"""Whether the authority has been asked too often, by our own memory."""

from collections.abc import Iterator

from appliance.certs.names import orders
from appliance.certs.ordering import LETS_ENCRYPT, Wait, next_step
from appliance.doctor.model import Diagnosis, Examination

CHECK = "limits"


def check(found: Examination) -> Iterator[Diagnosis]:
    directory = found.config.tls.directory
    if found.config.tls_mode != "certbot" or not directory.startswith("letsencrypt"):
        return
    past = tuple(one for one in found.history if one.directory == directory)
    for names in orders(found.config):
        # As if nothing had been issued, and as if the YAML had just changed.
        step = next_step(names, (), past, "", found.now, LETS_ENCRYPT)
        listed = ", ".join(names)
        if isinstance(step, Wait):
            when = f"{step.until:%Y-%m-%d %H:%M} UTC"
            yield Diagnosis(
                CHECK,
                "bad",
                f"{directory} must not be asked for {listed} before {when}",
                "Nothing needs to be done, but every change of names counts. To try things out, "
                "use `tls.directory: letsencrypt-staging`.",
                at=("tls", "directory"),
            )
        else:
            yield Diagnosis(CHECK, "good", f"{directory} may be asked for {listed}")
