"""The accounts that people keep for acme-dns."""

import json

import pytest
from certbot import errors

from appliance.certs.acme_dns import accounts

ACCOUNT = {
    "username": "u",
    "password": "s3cret",
    "subdomain": "s",
    "fulldomain": "s.auth.example.org",
    "server_url": "https://auth.example.org",
}


def test_what_register_answered_is_taken_as_it_is():
    found = accounts(json.dumps({"*.a.org": {**ACCOUNT, "allowfrom": []}, "b.org": ACCOUNT}))
    assert sorted(found) == ["a.org", "b.org"]
    assert found["a.org"].fulldomain == "s.auth.example.org"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("s3cret", "not JSON"),
        ('["s3cret"]', "missing properties: the file"),
        (json.dumps({"a.org": {"password": "s3cret"}}), "a.org.server_url"),
        (json.dumps(ACCOUNT), "missing properties: fulldomain, password"),
    ],
)
def test_what_is_no_account_is_refused_without_being_quoted(text, words):
    with pytest.raises(errors.PluginError) as refused:
        accounts(text)
    assert words in str(refused.value)
    assert "s3cret" not in str(refused.value)
