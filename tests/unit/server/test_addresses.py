"""The public address of a request, and whose address it comes from."""

import pytest

from appliance.apps.server.addresses import (
    Address,
    Visit,
    host_name,
    is_loopback,
    networks,
    public_address,
    visit,
)

TRAEFIK = "10.0.0.2"
TRUSTED = networks(["10.0.0.0/24", "::1"])
PUBLIC = Address("https", "hello.example.org")


def seen(
    headers: dict[str, str], peer: str = TRAEFIK, public: Address | None = None
) -> Visit | None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return visit(raw, peer, TRUSTED, public, "localhost:7860")


def test_a_public_app_has_one_address_whatever_the_request_says() -> None:
    headers = {"host": "evil", "x-forwarded-host": "evil", "x-forwarded-proto": "http"}
    assert seen(headers, public=PUBLIC) == Visit(None, "https", "hello.example.org")


def test_the_address_comes_from_the_root_url() -> None:
    assert public_address("https://example.org:8443/hello") == Address("https", "example.org:8443")
    assert public_address(None) is None


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9000", "127.0.0.1:80", "[::1]:8080", "app.localhost:1"]
)
def test_local_visitors_keep_the_loopback_address_they_used(host: str) -> None:
    assert seen({"host": host}) == Visit(None, "http", host)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "", "h:99999"])
def test_other_names_are_not_served_locally(host: str) -> None:
    assert seen({"host": host}) is None


def test_a_literal_address_gets_the_default_host() -> None:
    assert seen({"host": "172.18.0.5:8000"}) == Visit(None, "http", "localhost:7860")


def test_forwarded_headers_count_from_trusted_peers_only() -> None:
    headers = {"host": "localhost", "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    assert seen(headers) == Visit("203.0.113.9", "https", "localhost")
    assert seen(headers, peer="192.0.2.1") == Visit(None, "http", "localhost")


def test_a_forwarded_host_must_be_loopback_too() -> None:
    assert seen({"host": "localhost", "x-forwarded-host": "evil.example"}) is None


@pytest.mark.parametrize(("said", "client"), [("203.0.113.9", "203.0.113.9"), ("x", "10.9.0.5")])
def test_where_our_proxy_knows_of_others_in_front_its_word_counts(said: str, client: str) -> None:
    chain = "6.6.6.6, 203.0.113.9, 10.9.0.5"
    found = seen({"host": "localhost", "x-forwarded-for": chain, "x-real-ip": said})
    assert found is not None
    assert found.client == client


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_visitor_is_the_nearest_address_that_is_no_proxy(
    chain: str, client: str | None
) -> None:
    found = seen({"host": "localhost", "x-forwarded-for": chain})
    assert found is not None
    assert found.client == client


def test_host_names_are_read_without_port_and_case() -> None:
    assert host_name("LocalHost:80") == "localhost"
    assert host_name("[::1]:80") == "::1"
    assert host_name("user@localhost") is None
    assert is_loopback("127.8.9.1")
    assert not is_loopback("128.0.0.1")
