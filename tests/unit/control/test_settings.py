"""Environment variables in, folders and peers out."""

from pathlib import Path

import pytest

from appliance.control.published import Published
from appliance.control.settings import from_environment
from appliance.proxy.static import Listen

COMPOSE = {
    "APPLIANCE_FILE": "/config/appliance.yaml",
    "APPLIANCE_DATA": "/data",
    "APPLIANCE_RUN": "/run/appliance",
    "APPLIANCE_LISTEN": "0.0.0.0:8000",
    "APPLIANCE_PAGES": "http://control:8000",
    "APPLIANCE_FORWARD_LISTEN": "0.0.0.0:8001",
    "APPLIANCE_FORWARD": "http://control:8001",
    "APPLIANCE_PROXY_API": "http://proxy-inside:8081",
    "APPLIANCE_PROXY_LOCAL": ":8080",
    "APPLIANCE_PROXY_HTTP": ":80",
    "APPLIANCE_PUBLISHED_LOCAL": "127.0.0.1:8080",
    "APPLIANCE_PUBLISHED_HTTP": "none",
}


def test_a_proxy_on_another_host_opens_its_api_to_the_network_they_share_alone() -> None:
    settings = from_environment(COMPOSE)
    assert settings.traefik_listen == Listen(local=":8080", http=":80", api="proxy-inside:8081")
    assert settings.pages_listen == ("0.0.0.0", 8000)
    assert settings.control_socket == Path("/run/appliance/control.sock")
    assert settings.published == Published("127.0.0.1:8080", "none")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://[::1]:8081"])
def test_a_proxy_on_this_machine_opens_its_api_to_this_machine_alone(url: str) -> None:
    settings = from_environment({**COMPOSE, "APPLIANCE_PROXY_API": url})
    assert settings.traefik_listen.api == url.removeprefix("http://")


def test_https_is_described_by_four_variables() -> None:
    settings = from_environment(
        {
            **COMPOSE,
            "APPLIANCE_PROXY_HTTPS": ":8443",
            "APPLIANCE_PROXY_HTTP3": "443",
            "APPLIANCE_PROXY_TRUSTED": "10.0.0.0/8,192.0.2.1/32",
            "APPLIANCE_PUBLISHED_HTTPS": "0.0.0.0:443",
        }
    )
    trusted = ("10.0.0.0/8", "192.0.2.1/32")
    api = "proxy-inside:8081"
    assert settings.traefik_listen == Listen(":8080", ":80", api, ":8443", 443, trusted)
    assert settings.published == Published(
        "127.0.0.1:8080", "none", "0.0.0.0:443", trusted, http3=True
    )


def test_an_entry_point_may_be_absent() -> None:
    settings = from_environment({**COMPOSE, "APPLIANCE_PROXY_HTTP": "none"})
    assert settings.traefik_listen.http is None


@pytest.mark.parametrize("name", ["APPLIANCE_FILE", "APPLIANCE_LISTEN", "APPLIANCE_PROXY_API"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not set"):
        from_environment({**COMPOSE, name: ""})


@pytest.mark.parametrize(
    ("name", "value"), [("APPLIANCE_LISTEN", "8000"), ("APPLIANCE_PROXY_API", "proxy:8081")]
)
def test_what_is_wrong_is_named_with_what_was_expected(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} is '{value}'; expected .*host:port"):
        from_environment({**COMPOSE, name: value})
