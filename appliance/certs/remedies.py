"""What failures of certbot mean, and what to do: the table of all that is told apart."""

import re

from appliance.commands import COMMAND, UP

Words = tuple[str, str]
"""What went wrong, inside a sentence, and what to do. `{title}` and `{needs}` are a provider's."""

BUSY = r"Another instance of Certbot"
"""What certbot says while another run of it has not ended."""
_ACME: dict[str, Words] = {
    "connection": (
        "the authority could not reach this machine on port 80",
        (
            "Open port 80 in the firewall of the machine and of its provider, and let the name "
            f"lead here. `{COMMAND} doctor` tries it. Without port 80: `tls.challenge: {{dns: …}}`."
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
_CREDENTIALS = (
    "{title} refuses the credentials",
    (
        "Correct what `tls.challenge.credentials` points to. Needed: {needs}. "
        "docs/tls.md shows it for each provider."
    ),
)
_ELSE: tuple[tuple[str, str, Words], ...] = (
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
                f"`certbot-plugins.txt` and run `{UP}`. See docs/tls.md#other-dns-providers."
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
            r"(?i)\(Throttling|PriorRequestNotComplete|rate (?:exceeded|limit)|too.?many.?requests|"
            r"consider throttling"
        ),
        "provider-busy",
        (
            "{title} has been asked too often",
            "Nothing needs to be done: it is asked again later. What else uses these credentials?",
        ),
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
            r"SignatureDoesNotMatch|InvalidClientTokenId|ExpiredToken|IncompleteSignature|"
            r"MissingAuthenticationToken|"
            r"NOTAUTH|REFUSED|BADKEY|BADSIG|TSIG|PeerBad"
        ),
        "credentials",
        _CREDENTIALS,
    ),
)
_NO_OTHER = "It is tried again by itself. If it stays so, search for these words of its own."
ASKED_AGAIN = f"It is asked again by itself; `{COMMAND} certs renew` does so at once."
_REFUSED = ("the authority refused", _NO_OTHER)
UNKNOWN: tuple[str, Words] = ("unknown", ("certbot failed", _NO_OTHER))
SILENT: tuple[str, Words] = (
    "unknown",
    (
        "certbot ended without a word",
        "It is tried again by itself. A machine without free memory ends programs that way.",
    ),
)


def of_authority(code: str, *, by_dns: bool) -> Words:
    """What an error of an authority means; `by_dns`: it was to find a record."""
    return (_BY_DNS.get(code) if by_dns else None) or _ACME.get(code, _REFUSED)


def by_words(output: str) -> tuple[str, Words] | None:
    """A code, and what it means."""
    for pattern, code, words in _ELSE:
        if re.search(pattern, output):
            return code, words
    return None
