"""The way out through a proxy, as the environment names it."""

import pytest

from appliance.relay.client.failures import RelayError
from appliance.relay.client.proxy import Proxy, proxy_for
from appliance.relay.client.relay import relay

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_there_is_none() -> None:
    assert proxy_for("share.example.org", 7000) is None


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("url", ["http://proxy.example:3128", "proxy.example:3128"])
def test_it_is_found(monkeypatch: pytest.MonkeyPatch, variable: str, url: str) -> None:
    monkeypatch.setenv(variable, url)
    assert relay("share.example.org").proxy == Proxy("proxy.example", 3128)


def test_the_one_for_https_counts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://a.example")
    monkeypatch.setenv("https_proxy", "http://b.example")
    assert proxy_for("share.example.org", 7000) == Proxy("b.example", 80)


def test_its_password_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://ada:p%40ss@proxy.example:3128")
    found = proxy_for("share.example.org", 7000)
    assert found == Proxy("proxy.example", 3128, "ada:p@ss")
    assert "p@ss" not in f"{found!r} {found}"


@pytest.mark.parametrize(
    "but", ["share.example.org", ".example.org", "share.example.org:7000", "*"]
)
def test_no_proxy_names_those_that_need_none(monkeypatch: pytest.MonkeyPatch, but: str) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    monkeypatch.setenv("no_proxy", but if but == "*" else f"other.example, {but}")
    assert proxy_for("share.example.org", 7000) is None
    if but != "*":
        assert proxy_for("share.example.com", 7000) is not None


@pytest.mark.parametrize("server", ["localhost:7000", "127.0.0.1:7000"])
def test_this_machine_needs_none(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    assert relay(server).proxy is None


@pytest.mark.parametrize(
    "url", ["socks5://ada:secret@proxy.example", "http://", "http://ada:secret@proxy.example:port"]
)
def test_what_cannot_be_used_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(RelayError, match="The proxy in https_proxy cannot be used") as refused:
        proxy_for("share.example.org", 7000)
    assert "secret" not in f"{refused.value.summary} {refused.value.remedy}"
