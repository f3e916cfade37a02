"""What a person reads about certificates before an edit is saved."""

import pytest

from appliance.certs.planning import certificate_steps
from appliance.config.schema import Config

ORDERED = "a new certificate is ordered from letsencrypt;"
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
TWO = {"apps": {**HELLO["apps"], "chat": {"source": "chat"}}}


def texts(old, new):
    before = None if old is None else Config.model_validate(old)
    return [step.text for step in certificate_steps(before, Config.model_validate(new))]


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
