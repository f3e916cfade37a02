"""What a person reads about certificates before an edit is saved."""

from datetime import UTC, datetime

import pytest

from appliance.certs import authority
from appliance.certs.model import Origin
from appliance.certs.names import relay_names
from appliance.certs.planning import certificate_steps
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.config.schema import Config

ORDERED = "a new certificate is ordered from letsencrypt;"
STAYS = "everything stays where it is until then"
AT_FIRST = "the local authority's serves them until then"
YOURS = "your files must cover these; the local authority's serves where none does"
HELLO = {"apps": {"hello": {"source": "hello"}}}
BY_HTTP = {"tls": {"mode": "certbot"}, "domain": "x.org", **HELLO}
BY_DNS = {**BY_HTTP, "tls": {"mode": "certbot", "challenge": {"dns": "route53"}}}
LOCAL = {**BY_HTTP, "tls": {"mode": "local-ca"}}
FILES = {
    **BY_HTTP,
    "tls": {"mode": "files", "certificates": [{"chain": "c", "key": {"file": "k"}}]},
}
OTHER = {**BY_HTTP, "domain": "y.org"}
INSTALLED = "trusted where the root from /-/certificate is installed"
ANOTHER = "; it is another one than before, also for who has installed that"
TWO = {"apps": {**HELLO["apps"], "chat": {"source": "chat"}}}


NOTHING = CertificatesStatus()


def known(*names, root=""):
    """What is known of certificates while an authority vouches for these names."""
    found = (NameStatus(name=name, origin=Origin.CERTBOT) for name in names)
    return CertificatesStatus(names=tuple(found), root=root)


def texts(old, new, certificates=NOTHING):
    before = None if old is None else Config.model_validate(old)
    steps = certificate_steps(before, Config.model_validate(new), certificates)
    return [step.text for step in steps]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (None, HELLO, []),
        (BY_HTTP, BY_HTTP, []),
        (LOCAL, {**LOCAL, "tls": {"mode": "off", "trusted_proxies": ["10.0.0.1"]}}, []),
        (
            HELLO,
            BY_HTTP,
            [f"x.org, hello.x.org: {ORDERED} {AT_FIRST}"],
        ),
        (
            LOCAL,
            BY_HTTP,
            [f"x.org, hello.x.org: {ORDERED} what serves them now goes on until then"],
        ),
        (
            BY_HTTP,
            {**BY_HTTP, **TWO},
            [f"chat.x.org: {ORDERED} {AT_FIRST}"],
        ),
        # A wildcard covers whatever comes.
        (BY_DNS, {**BY_DNS, **TWO}, []),
        (
            BY_HTTP,
            {**BY_HTTP, "share": {"domain": "s.org"}},
            ["s.org, *.s.org: no authority gives these by HTTP; they have the local one's"],
        ),
        (
            BY_DNS,
            {**BY_DNS, "domain": "y.org"},
            [f"y.org, *.y.org: {ORDERED} {AT_FIRST}"],
        ),
        (LOCAL, {**LOCAL, **TWO}, ["chat.x.org: a certificate of the local authority, at once"]),
        (
            FILES,
            {**FILES, **TWO},
            [f"chat.x.org: {YOURS}"],
        ),
    ],
)
def test_names_and_where_their_certificates_come_from(old, new, says):
    assert texts(old, new) == says


def test_many_names_are_counted():
    apps = {f"a{number}": {"source": "a"} for number in range(7)}
    (text,) = texts(HELLO, {**BY_HTTP, "apps": apps})
    assert text.startswith("x.org, a0.x.org, a1.x.org, a2.x.org and 4 more: a new certificate")


@pytest.mark.parametrize(
    ("old", "new", "certificates", "says"),
    [
        (BY_HTTP, OTHER, known("x.org", "hello.x.org"), STAYS),
        # Nobody has ever come by the domain of before.
        (BY_HTTP, OTHER, known(), AT_FIRST),
        (LOCAL, OTHER, known(), STAYS),
        (HELLO, OTHER, known(), AT_FIRST),
    ],
)
def test_another_domain_is_told_to_wait_where_it_does(old, new, certificates, says):
    assert texts(old, new, certificates) == [f"y.org, hello.y.org: {ORDERED} {says}"]


@pytest.mark.parametrize(
    ("old", "new", "names", "says"),
    [
        (HELLO, LOCAL, "x.org, hello.x.org", INSTALLED),
        (LOCAL, {**LOCAL, "domain": "y.org"}, "y.org, hello.y.org", INSTALLED + ANOTHER),
        (BY_HTTP, {**OTHER, "share": {}}, "share.y.org, *.share.y.org", INSTALLED + ANOTHER),
        (LOCAL, {**LOCAL, **TWO}, "", ""),
        (BY_DNS, {**BY_DNS, "domain": "y.org"}, "", ""),
        (FILES, {**FILES, "domain": "y.org"}, "", ""),
        (LOCAL, HELLO, "", ""),
    ],
)
def test_a_root_that_has_to_be_installed_is_told(old, new, names, says):
    made = authority.create(relay_names(Config.model_validate(old)), "x", datetime.now(UTC))
    told = [text for text in texts(old, new, known(root=made.pem)) if "installed" in text]
    assert told == ([f"{names}: {says}"] if says else [])
