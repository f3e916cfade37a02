"""Contradictions around `share`."""

import pytest

from tests.unit.config.test_checks import found

PUBLIC = "domain: x.org\n"


def test_an_empty_section_is_enough():
    assert found("share: {}\n") == []
    assert found(PUBLIC + "share:\n  {}\n") == []


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        (PUBLIC + "share: {domain: x.org}\n", "share-is-domain", "share.domain"),
        (PUBLIC + "share: {domain: 192.0.2.1}\n", "no-sub-domain", "share.domain"),
        ("domain: 192.0.2.1\nshare: {}\n", "no-sub-domain", "share"),
        (PUBLIC + "share: {port: 80}\n", "same-port", "share.port"),
        ("\nshare: {port: 8080}\n", "same-port", "share.port"),
        ("\nshare: {who_can_view: signed-in}\n", "no-sign-in", "share.who_can_view"),
        ("\nshare: {who_can_view: {users: [a]}}\n", "no-sign-in", "share.who_can_view"),
        (
            "share: {}\n" + PUBLIC + "apps: {share: {source: x}}\n",
            "app-in-share-domain",
            "apps.share",
        ),
        (
            "share: {}\n" + PUBLIC + "apps: {a: {source: x, host: a.share.x.org}}\n",
            "app-in-share-domain",
            "apps.a.host",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(text, code, key):
    ((found_code, found_key, line, severity),) = found(text)
    assert (found_code, found_key, severity) == (code, key, "error")
    assert text.splitlines()[line - 1].strip()


def test_links_are_for_people_once_they_can_sign_in():
    assert found("auth: {}\nshare: {who_can_view: signed-in}\n") == []
    nobody = found("auth: {}\nshare: {who_can_view: {users: []}}\n")
    assert nobody == [("nobody", "share.who_can_view", 2, "error")]


def test_an_open_relay_on_the_internet_is_warned_of():
    text = PUBLIC + "share: {who_can_share: anyone}\n"
    assert found(text) == [("open-relay", "share.who_can_share", 2, "warning")]
    assert found("share: {who_can_share: anyone}\n") == []


@pytest.mark.parametrize("value", ["forever", "0s", "100ms", "5", "true"])
def test_an_expiry_is_a_duration_or_none(value):
    ((_, key, line, severity),) = found(f"share: {{expires: {value}}}\n")
    assert (key, line, severity) == ("share.expires", 1, "error")
