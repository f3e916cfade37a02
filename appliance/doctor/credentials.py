"""Whether the DNS provider's plugin and its credentials are there."""

from collections.abc import Iterator
from importlib.metadata import entry_points

from appliance.commands import UP
from appliance.config.secrets import SecretError, resolve
from appliance.config.tls import DnsChallenge
from appliance.doctor.model import Diagnosis, Examination

CHECK = "credentials"


def check(found: Examination) -> Iterator[Diagnosis]:
    challenge = found.config.tls.challenge
    if found.config.tls_mode != "certbot" or not isinstance(challenge, DnsChallenge):
        return
    plugin, who = challenge.authenticator, challenge.dns or challenge.plugin
    if not entry_points(group="certbot.plugins", name=plugin):
        yield Diagnosis(
            CHECK,
            "bad",
            f"certbot's plugin {plugin} is not installed",
            f"Name its package in `certbot-plugins.txt` and run `{UP}`: "
            "docs/tls.md#other-dns-providers.",
            at=("tls", "challenge", "plugin" if challenge.plugin else "dns"),
        )
    if challenge.credentials is None:
        yield Diagnosis(CHECK, "good", f"{who} knows this machine by itself")
        return
    try:
        resolve(challenge.credentials, found.base)
    except SecretError as error:
        at = ("tls", "challenge", "credentials")
        yield Diagnosis(CHECK, "bad", str(error), f"Needed: {error.remedy}.", at)
    else:
        yield Diagnosis(CHECK, "good", f"the credentials for {who} can be read")
