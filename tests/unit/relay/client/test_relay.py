from pathlib import Path

import pytest

from appliance.relay.client.failures import RelayError
from appliance.relay.client.relay import Relay, relay


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ("share.example.org", "share.example.org", 7000),
        ("Share.Example.org:7443", "share.example.org", 7443),
        ("[2001:db8::1]:7000", "2001:db8::1", 7000),
        ("[2001:db8::1]", "2001:db8::1", 7000),
    ],
)
def test_a_server_is_a_host_and_perhaps_a_port(server: str, host: str, port: int) -> None:
    assert relay(server) == Relay(host, port, tls=True)


@pytest.mark.parametrize(
    "server",
    [
        "",
        ":7000",
        "host:port",
        "host:70000",
        "https://host",
        "host/path",
        "a@host",
        "[::1",
        "host..org:7000",
        f"{'a' * 64}.org",
    ],
)
def test_anything_else_is_refused(server: str) -> None:
    with pytest.raises(RelayError):
        relay(server)


@pytest.mark.parametrize("server", ["localhost:7000", "127.0.0.1", "[::1]:7000"])
def test_on_this_machine_there_is_nobody_to_hide_from(server: str) -> None:
    assert not relay(server).tls
    assert relay(server, ca=Path("ca.pem")).tls
    assert relay(server, tls=True).tls


def test_tls_can_be_left_out() -> None:
    assert not relay("share.example.org", tls=False).tls
