"""Whether the DNS provider's plugin and its credentials are there."""

from collections.abc import Iterator
from importlib.metadata import entry_points

from appliance.config.secrets import SecretError, resolve
from appliance.config.tls import DnsChallenge
from appliance.doctor.model import Diagnosis, Examination

CHECK = "credentials"


def check(found: Examination) -> Iterator[Diagnosis]:
    challenge = found.config.tls.challenge
    if found.config.tls_mode != "certbot" or not isinstance(challenge, DnsChallenge):
        return
    plugin = f"dns-{challenge.dns}"
    if not entry_points(group="certbot.plugins", name=plugin):
        yield Diagnosis(
            CHECK,
            "bad",
            f"certbot's plugin {plugin} is not installed",
            "Run `scripts/install`, or build the image anew: `scripts/up`.",
        )
    if challenge.credentials is None:
        yield Diagnosis(CHECK, "good", f"{challenge.dns} knows this machine by itself")
        return
    try:
        resolve(challenge.credentials, found.base)
    except SecretError as error:
        yield Diagnosis(CHECK, "bad", str(error), f"Needed: {error.remedy}.")
    else:
        yield Diagnosis(CHECK, "good", f"the credentials for {challenge.dns} can be read")
