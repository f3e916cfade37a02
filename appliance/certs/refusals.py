"""certbot's output in plain words: what went wrong, and what to do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from appliance.certs.model import covered
from appliance.certs.providers import Provider


@dataclass(frozen=True)
class Said:
    """What certbot has to say about a run that ended `at`."""

    text: str
    """Its output, for people: of an authority's error it gives the detail alone."""
    log: str
    """Its log of this run: errors with their type, answers with their headers."""
    at: datetime


@dataclass(frozen=True)
class Refusal:
    """Why names have no certificate."""

    code: str
    message: str
    remedy: str
    not_before: datetime | None = None
    """The authority said when to come again."""


BUSY = r"Another instance of Certbot"
"""What certbot says while another run of it has not ended."""
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
            "here."
        ),
    ),
    "incorrectResponse": (
        "the authority found something else than our answer under this name",
        (
            "The name leads to another machine, or a proxy in front answers for it: let it lead "
            "here."
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
_NO_RECORD = (
    "the authority did not see the record that proves the name",
    "Set a longer `tls.challenge.propagation`, and see whether {title} serves this zone.",
)
_BY_DNS = dict.fromkeys(("dns", "unauthorized", "incorrectResponse", "connection"), _NO_RECORD)
"""What the same errors mean where a record was to be found, not a page."""
_HINT = re.compile(r"^Hint: (?P<records>The zone needs these records: .+)$", re.MULTILINE)
_CREDENTIALS = (
    "{title} refuses the credentials",
    (
        "Correct what `tls.challenge.credentials` points to. Needed: {needs}. "
        "docs/tls.md shows it for each provider."
    ),
)
_ELSE: tuple[tuple[str, str, tuple[str, str]], ...] = (
    (
        r"(?i)requires external account binding",
        "externalAccountRequired",
        _ACME["externalAccountRequired"],
    ),
    (
        (
            r"(?i)plugin does not appear to be installed|"
            r"unrecognized arguments: --\S+-(?:credentials|propagation-seconds)"
        ),
        "plugin",
        (
            "certbot does not know the plugin for {title}",
            (
                "Correct `tls.challenge`, or install the plugin: name its package in "
                "`certbot-plugins.txt` and run `scripts/up`. See docs/tls.md#other-dns-providers."
            ),
        ),
    ),
    (
        r"certificate verify failed|SSLError|SSLCertVerificationError",
        "directory-untrusted",
        (
            "the directory's own certificate is not trusted",
            "Set `tls.directory_ca` to a file with the root of the authority's server.",
        ),
    ),
    (
        BUSY,
        "busy",
        ("another order is under way", "Nothing needs to be done."),
    ),
    (
        (
            r"(?i)unable to determine (base domain|zone)(?!.*error from cloudflare)|"
            r"no hosted zone|unable to find a route53 hosted zone|could not find zone"
        ),
        "zone",
        (
            "{title} has no zone for this name, or does not show it to these credentials",
            (
                "Name the provider where the zone is, with credentials of the zone's account. "
                "Needed: {needs}."
            ),
        ),
    ),
    (
        (
            r"(?i)connection ?error|max retries|newconnection|timed? ?out|name or service|"
            r"unable to find the server|temporary failure in name|unreachable|connection refused"
        ),
        "directory-away",
        (
            "the authority's server, or the DNS provider's, cannot be reached",
            "See whether this machine reaches the Internet by HTTPS. It is asked again later.",
        ),
    ),
    (
        (
            r"(?i:determining zone_?id|invalid request headers|authentication error|forbidden|"
            r"permission|invalid_grant|invalid_client|access ?denied|credential|unauthorized|"
            r"(?:unable to|could not) authenticate|not authorized|your application (?:key|secret)|"
            r"missing propert|not authoritative|no account for)|"
            r"NOTAUTH|REFUSED|BADKEY|BADSIG|TSIG|PeerBad"
        ),
        "credentials",
        _CREDENTIALS,
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
_RAISED = re.compile(
    r"^acme\.messages\.Error: urn:ietf:params:acme:error:(?P<type>\w+) :: [^\n]*?"
    r"(?: :: (?P<detail>[^\n]+))?$",
    re.MULTILINE,
)
_RETRY = re.compile(r"retry after (?P<when>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_LEFT_ALONE = re.compile(
    r"^HTTP (?:429|503)\n(?:[^\n]+\n)*?Retry-After: (?P<when>[^\n]+)$", re.MULTILINE
)
"""The answer of a server that wants to be left alone, in the log."""
_AT_MOST = timedelta(days=7)
"""No authority's limit is longer; whoever says more is mistaken."""
_REASON = re.compile(r"(?<=\] )[A-Z][^\[\]\"')]+(?=[\"')])|certificate verify failed[^\"')]*")
_ERROR = re.compile(r":ERROR:certbot\._internal\.log:(?P<text>.+(?:\n(?!\d{4}-\d\d-\d\d ).*)*)")
"""Up to the next line with a time."""
_LONGEST = 300


def refusal(said: Said, missing: Sequence[str], asked: Provider | None = None) -> Refusal:
    """Why `missing` have no certificate; `asked` is who was to show a record, if anybody."""
    output = said.text
    reported = list(_REPORTED.finditer(output))
    if reported:
        first = reported[0]
        code, detail = first["type"], first["detail"]
        names: Sequence[str] = sorted({one["name"] for one in reported if one["type"] == code})
        words, remedy = _of_authority(code, asked)
    elif (found := _error(said)) is not None:
        code, detail, names = found["type"], found["detail"] or "", missing
        words, remedy = _of_authority(code, asked)
    else:
        last = _last_words(said)
        # Libraries warn of what has nothing to do with the end.
        code, (words, remedy) = _by_words(last) or _by_words(output) or ("unknown", _UNKNOWN)
        detail, names = _reason(last), missing
    if asked is not None and (hint := _HINT.search(output)):
        remedy = f"{hint['records']}. {remedy}"
    words, remedy = (_about(text, asked) for text in (words, remedy))
    about = f"{_list(names)}: {words}"
    return Refusal(
        code=code,
        message=f"{about} ({_short(detail)})" if detail else about,
        remedy=remedy,
        not_before=_retry(said),
    )


def _of_authority(code: str, asked: Provider | None) -> tuple[str, str]:
    if asked is not None and code in _BY_DNS:
        return _BY_DNS[code]
    return _ACME.get(code, _UNKNOWN)


def _about(text: str, asked: Provider | None) -> str:
    if asked is None:
        return text.replace("{title}", "the DNS provider").replace("{needs}", "what it gave you")
    return text.replace("{title}", asked.title).replace("{needs}", asked.needs)


def _error(said: Said) -> re.Match[str] | None:
    """The authority's error, not one about a name."""
    raised = list(_RAISED.finditer(said.log))
    return _TYPE.search(said.text) or (raised[-1] if raised else None)


def refused_names(asked: Iterable[str], got: Iterable[str]) -> tuple[str, ...]:
    """What was asked for and is not in the certificate."""
    names = tuple(got)
    return tuple(name for name in asked if not covered(name, names))


def _by_words(output: str) -> tuple[str, tuple[str, str]] | None:
    for pattern, code, words in _ELSE:
        if re.search(pattern, output):
            return code, words
    return None


def _last_words(said: Said) -> str:
    """The error that ended certbot, by its log; else the last line that it showed."""
    errors = list(_ERROR.finditer(said.log))
    if errors:
        return errors[-1]["text"]
    lines = [line.strip() for line in said.text.splitlines()]
    told = [
        line
        for line in lines
        if line and not line.startswith(("Saving debug log", "Ask for help", "Requesting", "See "))
    ]
    return told[-1] if told else ""


def _reason(last: str) -> str:
    """Of a failed connection the reason is in there, below names of Python's classes."""
    found = _REASON.search(last)
    return found[0] if found else last


def _retry(said: Said) -> datetime | None:
    """When the authority may be asked again, if it says so."""
    told = _RETRY.search(said.text)
    busy = list(_LEFT_ALONE.finditer(said.log))
    if told is not None:
        when = datetime.fromisoformat(told["when"]).replace(tzinfo=UTC)
    elif busy:
        when = _after(busy[-1]["when"].strip(), said.at)
    else:
        return None
    return min(when, said.at + _AT_MOST)


def _after(header: str, at: datetime) -> datetime:
    """A number of seconds or a date, RFC 9110, 10.2.3."""
    if header.isdecimal():
        return at + timedelta(seconds=min(int(header), int(_AT_MOST.total_seconds())))
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return at
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _short(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
