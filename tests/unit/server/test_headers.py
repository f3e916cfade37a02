"""What a request may say about itself is decided by the header's plain name."""

import pytest

from appliance.apps.server.headers import cleaned, is_removed, listed, only, was_forwarded


@pytest.mark.parametrize(
    "name",
    [
        b"forwarded",
        b"x-forwarded-for",
        b"x_forwarded_for",
        b"X-Forwarded-Host",
        b"x.forwarded.proto",
        b"x-forwarded_prefix",
        b"x-gradio-server",
        b"x_gradio_server",
        b"remote-user",
        b"remote_user",
        b"Remote-Groups",
        b"x-remote-user",
        b"x-auth-request-email",
        b"x-real-ip",
        b"x-appliance-identity",
        b"x_appliance_identity",
        b"x-original-url",
        b"proxy",
        b"x-hf-authorization",
        b"x_hf_authorization",
    ],
)
def test_claims_of_proxies_and_users_never_reach_the_app(name: bytes) -> None:
    assert is_removed(name)


@pytest.mark.parametrize(
    "name",
    [b"cookie", b"authorization", b"x-gradio-user", b"x-api-key", b"origin", b"user-agent"],
)
def test_other_headers_do(name: bytes) -> None:
    assert not is_removed(name)


def test_the_host_is_the_one_decided_upon() -> None:
    headers = [(b"host", b"evil"), (b"cookie", b"a=b"), (b"host", b"worse")]
    assert cleaned(headers, b"good") == [(b"host", b"good"), (b"cookie", b"a=b")]


def test_only_the_exact_spelling_of_a_kept_header_passes() -> None:
    headers = [(b"x-appliance-identity", b"1"), (b"x_appliance_identity", b"2")]
    kept = frozenset({b"x-appliance-identity"})
    assert cleaned(headers, b"h", kept) == [(b"host", b"h"), (b"x-appliance-identity", b"1")]


def test_a_header_sent_twice_has_no_single_value() -> None:
    assert only([(b"a", b"1")], b"a") == b"1"
    assert only([(b"a", b"1"), (b"a", b"2")], b"a") is None
    assert only([], b"a") is None


def test_lists_may_span_lines() -> None:
    headers = [(b"x-forwarded-for", b"1.1.1.1, 2.2.2.2"), (b"x-forwarded-for", b" 3.3.3.3")]
    assert listed(headers, b"x-forwarded-for") == ["1.1.1.1", "2.2.2.2", "3.3.3.3"]


def test_proxied_requests_are_told_apart_from_direct_ones() -> None:
    assert was_forwarded([(b"x-forwarded-server", b"t")])
    assert not was_forwarded([(b"host", b"h")])
