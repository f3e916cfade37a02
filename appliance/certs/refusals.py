"""certbot's output in plain words: what went wrong, and what to do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.certs.model import covered


@dataclass(frozen=True)
class Refusal:
    """Why names have no certificate."""

    code: str
    message: str
    remedy: str
    not_before: datetime | None = None
    """The authority said when to come again."""


_ACME: dict[str, tuple[str, str]] = {
    "connection": (
        "the authority could not reach this machine on port 80",
        (
            "Open port 80 in the firewall of the machine and of its provider, and let the name "
            "lead here. `appliance doctor` tries it. Without port 80: `tls.challenge: {dns: …}`."
        ),
    ),
    "dns": (
        "the name was not found in the DNS",
        "Add an A record (and AAAA, if the machine has IPv6) that leads to this machine.",
    ),
    "unauthorized": (
        "the authority found something else than our answer under this name",
        (
            "The name leads to another machine, or a proxy in front answers for it: let it lead "
            "here. For a DNS challenge: the record was not seen yet; set a longer `propagation`."
        ),
    ),
    "incorrectResponse": (
        "the authority found something else than our answer under this name",
        (
            "The name leads to another machine, or a proxy in front answers for it: let it lead "
            "here. For a DNS challenge: the record was not seen yet; set a longer `propagation`."
        ),
    ),
    "caa": (
        "the domain's CAA record forbids this authority",
        "Add the authority to the CAA record of the domain, or remove the record.",
    ),
    "rateLimited": (
        "the authority has been asked too often",
        (
            "Nothing needs to be done: it is asked again when it allows it. To try things out, use "
            "`tls.directory: letsencrypt-staging`."
        ),
    ),
    "rejectedIdentifier": (
        "the authority gives no certificates for such a name",
        "Use a public domain name, or `tls: {mode: local-ca}`.",
    ),
    "externalAccountRequired": (
        "the authority wants to know whose account this is",
        "Set `tls.eab` to the key identifier and the key it gave you.",
    ),
    "invalidContact": (
        "the authority refuses the mail address",
        "Correct `tls.email`, or leave it out.",
    ),
    "unsupportedContact": (
        "the authority refuses the mail address",
        "Correct `tls.email`, or leave it out.",
    ),
    "userActionRequired": (
        "the authority wants its new terms accepted",
        "Read the address in the detail, and accept them there.",
    ),
    "serverInternal": (
        "the authority has a problem of its own",
        "Nothing needs to be done: it is asked again later.",
    ),
    "tls": (
        "the authority was led to a broken HTTPS page",
        "Let port 80 of the name lead to this machine, without a redirect elsewhere.",
    ),
}
_CREDENTIALS = (
    "the DNS provider refuses the credentials",
    "Correct what `tls.challenge.credentials` points to; docs/tls.md shows it for each provider.",
)
_ELSE: tuple[tuple[str, str, tuple[str, str]], ...] = (
    (
        r"certificate verify failed|SSLError|SSLCertVerificationError",
        "directory-untrusted",
        (
            "the directory's own certificate is not trusted",
            "Set `tls.directory_ca` to a file with the root of the authority's server.",
        ),
    ),
    (
        r"Another instance of Certbot",
        "busy",
        ("another order is under way", "Nothing needs to be done."),
    ),
    (
        (
            r"(?i)zone_?id|invalid request headers|authentication error|forbidden|permission|"
            r"access ?denied|credential|NOTAUTH|REFUSED|BADKEY|BADSIG|unauthorized|TSIG|PeerBad|"
            r"missing properties|not authoritative"
        ),
        "credentials",
        _CREDENTIALS,
    ),
    (
        r"(?i)unable to determine (base domain|zone)|no hosted zone|could not find zone",
        "zone",
        (
            "the DNS provider serves no zone for this name",
            "Name the provider where the zone is, with credentials of the zone's account.",
        ),
    ),
    (
        (
            r"(?i)connection ?error|max retries|newconnection|timed? ?out|name or service|"
            r"temporary failure in name|unreachable|connection refused"
        ),
        "directory-away",
        (
            "the authority's server, or the DNS provider's, cannot be reached",
            "See whether this machine reaches the Internet by HTTPS. It is asked again later.",
        ),
    ),
)
_UNKNOWN = (
    "certbot failed",
    "Read the newest file in `certbot/logs` of the appliance's data folder.",
)
_REPORTED = re.compile(
    r"(?:Domain|Identifier):\s*(?P<name>\S+)\s+Type:\s*(?P<type>\S+)\s+Detail:\s*(?P<detail>.+)"
)
_TYPE = re.compile(r"urn:ietf:params:acme:error:(?P<type>\w+)[ :]*(?P<detail>[^\n]*)")
_RETRY = re.compile(r"retry after (?P<when>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_LONGEST = 300


def refusal(output: str, missing: Sequence[str]) -> Refusal:
    """Why `missing` have no certificate, by certbot's output."""
    reported = list(_REPORTED.finditer(output))
    found = _TYPE.search(output)
    if reported:
        first = reported[0]
        code, (words, remedy) = first["type"], _ACME.get(first["type"], _UNKNOWN)
        names = sorted({one["name"] for one in reported if one["type"] == code})
        detail = first["detail"]
    elif found is not None:
        code, (words, remedy) = found["type"], _ACME.get(found["type"], _UNKNOWN)
        names, detail = list(missing), found["detail"]
    else:
        code, (words, remedy) = _by_words(output)
        names, detail = list(missing), _last_words(output)
    return Refusal(
        code=code,
        message=f"{_list(names)}: {words} ({_short(detail)})"
        if detail
        else f"{_list(names)}: {words}",
        remedy=remedy,
        not_before=_retry(output),
    )


def refused_names(asked: Iterable[str], got: Iterable[str]) -> tuple[str, ...]:
    """What was asked for and is not in the certificate."""
    names = tuple(got)
    return tuple(name for name in asked if not covered(name, names))


def _by_words(output: str) -> tuple[str, tuple[str, str]]:
    for pattern, code, words in _ELSE:
        if re.search(pattern, output):
            return code, words
    return "unknown", _UNKNOWN


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines()]
    told = [
        line
        for line in lines
        if line and not line.startswith(("Saving debug log", "Ask for help", "Requesting", "See "))
    ]
    return told[-1] if told else ""


def _retry(output: str) -> datetime | None:
    found = _RETRY.search(output)
    return None if found is None else datetime.fromisoformat(found["when"]).replace(tzinfo=UTC)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
