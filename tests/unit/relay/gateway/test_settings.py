"""Whose word on visitors is believed."""

import ipaddress

import pytest

from appliance.relay.gateway.settings import GatewaySettings

SETTINGS = GatewaySettings(
    trusted=(ipaddress.ip_network("172.28.0.0/24"), ipaddress.ip_network("::1/128"))
)


@pytest.mark.parametrize("address", ["172.28.0.9", "::ffff:172.28.0.9", "::1"])
def test_the_proxys(address: str) -> None:
    assert SETTINGS.trusts(address)


@pytest.mark.parametrize("address", ["172.28.1.9", "::2", "::ffff:172.28.1.9", "", "proxy"])
def test_nobody_elses(address: str) -> None:
    assert not SETTINGS.trusts(address)
    assert not GatewaySettings().trusts(address)
