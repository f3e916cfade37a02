"""Whether visitors get a certificate that is valid and that they know."""

from collections.abc import Iterator
from datetime import timedelta

from appliance.certs.model import Origin, covered
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.commands import COMMAND
from appliance.config.findings import KeyPath
from appliance.config.tls import DnsChallenge
from appliance.doctor.keys import key_of
from appliance.doctor.model import Diagnosis, Examination, listed

CHECK = "certificates"
_SOON = timedelta(days=7)


def check(found: Examination) -> Iterator[Diagnosis]:
    known = found.certificates
    if known is None or not found.config.public:
        return
    alike: dict[Diagnosis, list[str]] = {}
    for one in known.names:
        alike.setdefault(_of(one, known, found), []).append(one.name)
    for said, names in alike.items():
        at = key_of(names[0], found.config)
        yield Diagnosis(CHECK, said.state, f"{listed(names)}: {said.message}", said.remedy, at)
    for problem in known.problems:
        at = _key(problem.code)
        yield Diagnosis(CHECK, "bad", problem.message, problem.remedy, at)


def _of(one: NameStatus, known: CertificatesStatus, found: Examination) -> Diagnosis:
    """What is to be said of a name, without the name."""
    if one.expires is None or one.expires <= found.now:
        return Diagnosis(CHECK, "bad", "no valid certificate", _obstacle(known))
    if one.origin is Origin.LOCAL_CA and known.mode in {"certbot", "files"}:
        return _local(one, known, found)
    if one.expires - found.now < _SOON and one.origin is Origin.CERTBOT:
        return Diagnosis(
            CHECK,
            "bad",
            f"the certificate expires on {one.expires:%Y-%m-%d} and has not been renewed",
            _obstacle(known),
        )
    return Diagnosis(CHECK, "good", f"good until {one.expires:%Y-%m-%d}")


def _local(one: NameStatus, known: CertificatesStatus, found: Examination) -> Diagnosis:
    message = "only a certificate of this appliance's own, which browsers warn of"
    if known.mode == "files":
        remedy = "Add a certificate for these names to `tls.certificates`."
    elif covered(one.name, known.ordering):
        return Diagnosis(CHECK, "unknown", f"{message}; a better one is being ordered", _LATER)
    elif _for_shares(one.name, found):
        remedy = (
            "Share links need a wildcard, which an authority gives by DNS only: set "
            '`tls.challenge: {dns: …}`, see "Wildcards and share links" in docs/tls.md.'
        )
    else:
        remedy = _obstacle(known)
    return Diagnosis(CHECK, "bad", message, remedy)


def _key(code: str) -> KeyPath:
    """The key of the YAML that a problem is about."""
    return _KEYS.get(code.removeprefix("order-"), ("tls",))


_KEYS: dict[str, KeyPath] = {
    "caa": ("domain",),
    "connection": ("domain",),
    "credentials": ("tls", "challenge", "credentials"),
    "directory-away": ("tls", "directory"),
    "directory-untrusted": ("tls", "directory_ca"),
    "dns": ("domain",),
    "externalAccountRequired": ("tls", "eab"),
    "invalidContact": ("tls", "email"),
    "plugin": ("tls", "challenge"),
    "rateLimited": ("tls", "directory"),
    "rejectedIdentifier": ("domain",),
    "unauthorized": ("domain",),
    "unsupportedContact": ("tls", "email"),
    "zone": ("tls", "challenge"),
}
"""By the kind of a refusal."""
_LATER = "Ask again in a minute or two."


def _obstacle(known: CertificatesStatus) -> str:
    if known.problems:
        return "What stands in the way comes below."
    return f"{_LATER} If it stays so: `{COMMAND} certs renew`, then `{COMMAND} certs`."


def _for_shares(name: str, found: Examination) -> bool:
    """Names that cannot be had without a challenge by DNS; see `appliance.certs.names.orders`."""
    config = found.config
    by_dns = isinstance(config.tls.challenge, DnsChallenge)
    return not by_dns and (name.startswith("*.") or f"*.{name}" in _names(found))


def _names(found: Examination) -> set[str]:
    return {one.name for one in found.certificates.names} if found.certificates else set()
