import pytest

from appliance.cli.ports import variables
from appliance.config.schema import Config


def test_local_mode_publishes_on_loopback_only():
    config = Config.model_validate({"ports": {"local": 8123}})
    assert variables(config) == {
        "APPLIANCE_PUBLISH_LOCAL": "127.0.0.1:8123",
        "APPLIANCE_PUBLISH_HTTP": "",
        "APPLIANCE_PUBLISH_HTTPS": "",
        "APPLIANCE_PUBLISH_HTTP3": "",
        "APPLIANCE_PUBLISH_TRUSTED": "",
        "APPLIANCE_PUBLISH_SHARE": "",
        "APPLIANCE_PUBLISH_NO_SHARE": "none",
    }


def test_public_mode_publishes_on_all_addresses():
    config = Config.model_validate({"domain": "demos.example.org"})
    found = variables(config)
    assert found["APPLIANCE_PUBLISH_HTTP"] == "0.0.0.0:80"
    assert found["APPLIANCE_PUBLISH_HTTPS"] == "0.0.0.0:443"


def test_behind_a_proxy_there_is_no_port_for_https():
    tls = {"mode": "off", "trusted_proxies": ["10.0.0.0/8", "192.0.2.1"]}
    found = variables(Config.model_validate({"domain": "demos.example.org", "tls": tls}))
    assert found["APPLIANCE_PUBLISH_HTTPS"] == ""
    assert found["APPLIANCE_PUBLISH_TRUSTED"] == "10.0.0.0/8,192.0.2.1/32"


@pytest.mark.parametrize(
    ("domain", "published"), [({}, "127.0.0.1:7001"), ({"domain": "a.org"}, "0.0.0.0:7001")]
)
def test_the_port_of_share_clients_is_as_open_as_the_pages(domain, published):
    config = Config.model_validate({**domain, "share": {"port": 7001}})
    found = variables(config)
    assert found["APPLIANCE_PUBLISH_SHARE"] == published
    assert found["APPLIANCE_PUBLISH_NO_SHARE"] == ""
