"""What a configuration asks of the relay."""

import pytest

from appliance.config.schema import Config
from appliance.config.secrets import Secret
from appliance.control.relaying import desired


def asked(**values: object):
    return desired(Config.model_validate(values), [Secret("hidden")])


def test_without_share_nothing_is_shared() -> None:
    assert asked(domain="a.org").share is None


@pytest.mark.parametrize(
    ("values", "domain", "port", "who"),
    [
        ({"share": {}}, "share.localhost", 8080, "anyone"),
        ({"share": {}, "domain": "a.org"}, "share.a.org", 443, "key"),
        ({"share": {"domain": "s.net"}, "domain": "a.org"}, "s.net", 443, "key"),
        ({"share": {}, "domain": "a.org", "ports": {"https": 444}}, "share.a.org", 444, "key"),
        ({"share": {}, "domain": "a.org", "access": "local"}, "share.localhost", 8080, "anyone"),
        ({"share": {"who_can_share": "anyone"}, "domain": "a.org"}, "share.a.org", 443, "anyone"),
    ],
)  # fmt: skip
def test_defaults_follow_the_mode(values, domain, port, who) -> None:
    share = asked(**values).share
    assert (share.domain, share.port, share.who_can_share) == (domain, port, who)


def test_links_are_as_pages_are() -> None:
    assert asked(domain="a.org", share={}).share.scheme == "https"
    assert asked(share={}).share.scheme == "http"


def test_certificates_hold_key_and_chain() -> None:
    wish = desired(Config.model_validate({"share": {}}), [], ("/run/one.pem", "/run/two.pem"))
    assert [pair.chain for pair in wish.certificates] == ["/run/one.pem", "/run/two.pem"]
    assert [pair.key for pair in wish.certificates] == ["/run/one.pem", "/run/two.pem"]


@pytest.mark.parametrize(("expires", "seconds"), [("72h", 259_200.0), ("none", "none")])
def test_expiry_is_in_seconds_or_none(expires, seconds) -> None:
    assert asked(share={"expires": expires}).share.expires == seconds


def test_tokens_are_handed_over_and_not_shown() -> None:
    wish = asked(share={})
    assert wish.share.tokens == ("hidden",)
    assert "hidden" not in repr(wish)
