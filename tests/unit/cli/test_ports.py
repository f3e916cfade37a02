from appliance.cli.ports import variables
from appliance.config.schema import Config


def test_local_mode_publishes_on_loopback_only():
    config = Config.model_validate({"ports": {"local": 8123}})
    assert variables(config) == {
        "APPLIANCE_PUBLISH_LOCAL": "127.0.0.1:8123",
        "APPLIANCE_PUBLISH_HTTP": "",
    }


def test_public_mode_publishes_on_all_addresses():
    config = Config.model_validate({"domain": "demos.example.org"})
    assert variables(config)["APPLIANCE_PUBLISH_HTTP"] == "0.0.0.0:80"
