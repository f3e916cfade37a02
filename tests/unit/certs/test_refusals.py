"""certbot's own words in, what to do out."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.certs.providers import Provider
from appliance.certs.refusals import Refusal, Said, refusal, refused_names

CHALLENGE = """Saving debug log to /x/letsencrypt.log
Requesting a certificate for a.org and b.org

Certbot failed to authenticate some domains (authenticator: webroot). It was told:
  Identifier: b.org
  Type:   {type}
  Detail: 203.0.113.7: Fetching http://b.org/.well-known/acme-challenge/x: something

Hint: The Certificate Authority failed to download the temporary challenge files.

Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.
"""
UNEXPECTED = """Saving debug log to /x/letsencrypt.log
An unexpected error occurred:
{}
Ask for help or search for solutions at https://community.letsencrypt.org.
"""
AMAZONS_ADVICE = (
    "To use certbot-dns-route53, configure credentials as described at https://boto3.example.org "
    "and add the necessary permissions for Route53 access."
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOG = """2026-11-24 11:59:58,000:DEBUG:acme.client:Received response:
HTTP 200
Retry-After: 3

{{"status": "pending"}}
2026-11-24 11:59:59,000:DEBUG:acme.client:Received response:
HTTP {status}
Server: authority
Retry-After: {retry}
Replay-Nonce: abc

{{"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many new orders"}}
Traceback (most recent call last):
acme.messages.Error: urn:ietf:params:acme:error:rateLimited :: There were too many requests of a \
given type :: too many new orders
2026-11-24 11:59:59,100:ERROR:certbot._internal.log:too many new orders
"""


def told(text: str, missing: list[str], log: str = "") -> Refusal:
    return refusal(Said(text, log, NOW), missing)


@pytest.mark.parametrize(
    ("kind", "words", "todo"),
    [
        ("connection", "could not reach this machine on port 80", "Open port 80"),
        ("dns", "not found in the DNS", "Add an A record"),
        ("unauthorized", "something else than our answer", "another machine"),
        ("caa", "CAA record forbids", "CAA record"),
        ("strange", "the authority refused", "these words"),
    ],
)
@pytest.mark.parametrize("label", ["Identifier", "Domain"])
def test_a_failed_challenge_names_the_name_and_the_remedy(kind, words, todo, label):
    text = CHALLENGE.format(type=kind).replace("Identifier", label)
    found = told(text, ["a.org", "b.org"])
    assert found.code == kind
    assert found.message.startswith("b.org: ")
    assert words in found.message
    assert "203.0.113.7: Fetching" in found.message
    assert todo in found.remedy


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            (
                "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='x', port=443): Max "
                "retries exceeded (Caused by NewConnectionError: Connection refused)"
            ),
            "directory-away",
        ),
        (
            (
                "requests.exceptions.SSLError: HTTPSConnectionPool: Max retries exceeded (by "
                "SSLError(SSLCertVerificationError(1, 'certificate verify failed')))"
            ),
            "directory-untrusted",
        ),
        ("Received response from server: NOTAUTH", "credentials"),
        ("Received response from server: REFUSED", "credentials"),
        ("Error determining zone_id: 6003 Invalid request headers.", "credentials"),
        ("Unable to determine base domain for a.org using names: ['a.org'].", "zone"),
        ("Another instance of Certbot is already running.", "busy"),
        (
            "urn:ietf:params:acme:error:externalAccountRequired :: missing",
            "externalAccountRequired",
        ),
        ("urn:ietf:params:acme:error:rejectedIdentifier :: no a.local", "rejectedIdentifier"),
        (
            "Server requires external account binding. Please use --eab-kid and --eab-hmac-key",
            "externalAccountRequired",
        ),
        ("google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT',)", "credentials"),
        ("google.auth.exceptions.TransportError: Unable to find the server at x", "directory-away"),
        ("The requested dns-x plugin does not appear to be installed", "plugin"),
        ("certbot: error: unrecognized arguments: --dns-x-credentials=/x/credentials", "plugin"),
        (
            (
                "An error occurred (Throttling) when calling the ListHostedZones operation "
                f"(reached max retries: 4): Rate exceeded\n{AMAZONS_ADVICE}"
            ),
            "provider-busy",
        ),
        (f"An error occurred (InvalidInput): too long\n{AMAZONS_ADVICE}", "unknown"),
        (f"Unable to locate credentials\n{AMAZONS_ADVICE}", "credentials"),
        (f"An error occurred (InvalidClientTokenId): invalid\n{AMAZONS_ADVICE}", "credentials"),
        (
            "Error finding Domain using the DigitalOcean API: API Rate limit exceeded",
            "provider-busy",
        ),
        ("ZeroDivisionError", "unknown"),
    ],
)
def test_other_failures_are_told_apart(line, code):
    found = told(UNEXPECTED.format(line), ["a.org", "*.a.org"])
    assert found.code == code
    assert found.message.startswith("a.org, *.a.org: ")
    assert found.remedy
    assert found.not_before is None


def test_the_authority_says_when_to_come_again():
    line = (
        "urn:ietf:params:acme:error:rateLimited :: too many failed authorizations (5) for "
        '"a.org" in the last 1h0m0s, retry after 2026-11-24 15:21:58 UTC: see https://…'
    )
    found = told(UNEXPECTED.format(line), ["a.org"])
    assert found.code == "rateLimited"
    assert found.not_before == datetime(2026, 11, 24, 15, 21, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry", "when"),
    [
        (429, "7200", NOW + timedelta(hours=2)),
        (503, "Tue, 24 Nov 2026 12:30:00 GMT", NOW + timedelta(minutes=30)),
        (429, "99999999999", NOW + timedelta(days=7)),
        (429, "whenever", NOW),
        (200, "7200", None),
    ],
)
def test_what_certbot_keeps_to_its_log_is_read_there(status, retry, when):
    text = UNEXPECTED.format("too many new orders")
    found = told(text, ["a.org"], LOG.format(status=status, retry=retry))
    assert found.code == "rateLimited"
    assert found.message == "a.org: the authority has been asked too often (too many new orders)"
    assert found.not_before == when


def test_of_a_failed_connection_only_the_reason_is_told():
    line = (
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='x', port=1): Max retries "
        "exceeded with url: /dir (Caused by NewConnectionError(\"HTTPSConnection(host='x', "
        'port=1): Failed to establish a new connection: [Errno 111] Connection refused"))'
    )
    found = told(UNEXPECTED.format(line), ["a.org"])
    assert found.code == "directory-away"
    assert found.message.endswith("cannot be reached (Connection refused)")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            (
                "Traceback (most recent call last):\n  File\nImportError: cannot import name 'y'\n"
                "Hint: The Certificate Authority failed\nSome challenges have failed.\n"
                "See the logfile /x/letsencrypt.log for more details.\n"
            ),
            "certbot failed (ImportError: cannot import name 'y')",
        ),
        ("", "certbot ended without a word"),
    ],
)
def test_what_nobody_has_a_word_for_is_told_in_certbots_own(output, words):
    found = told(output, ["a.org"])
    assert found.code == "unknown"
    assert found.message == f"a.org: {words}"
    assert "log" not in found.remedy


def test_long_lists_and_texts_are_shortened():
    names = [f"{number}.org" for number in range(9)]
    found = told(UNEXPECTED.format("x" * 5000), names)
    assert "and 4 more" in found.message
    assert len(found.message) < 500


@pytest.mark.parametrize("kind", ["dns", "unauthorized"])
def test_of_a_record_that_was_not_found_another_remedy_is_told_than_of_a_page(kind):
    asked = Provider("Somebody", "a token")
    found = refusal(Said(CHALLENGE.format(type=kind), "", NOW), ["b.org"], asked)
    assert found.code == kind
    assert "did not see the record" in found.message
    assert "whether Somebody serves this zone" in found.remedy


def test_what_ended_certbot_counts_not_what_was_warned_of_before():
    log = (
        "2026-11-24 11:59:59,100:ERROR:certbot._internal.log:Missing property in file:\n"
        " * Property token not found\n2026-11-24 11:59:59,200:DEBUG:x:y\n"
    )
    warned = "SSLError(SSLCertVerificationError) while fetching a list\nsomething else"
    found = refusal(Said(warned, log, NOW), ["a.org"], Provider("Somebody", "a token"))
    assert found.code == "credentials"
    assert found.message == (
        "a.org: Somebody refuses the credentials "
        "(Missing property in file: * Property token not found)"
    )
    assert "Needed: a token." in found.remedy


def test_what_a_wildcard_covers_is_not_refused():
    assert refused_names(["a.org", "x.a.org"], ["a.org", "*.a.org"]) == ()
    assert refused_names(["a.org", "x.b.org"], ["a.org"]) == ("x.b.org",)
