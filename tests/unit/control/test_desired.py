"""What the YAML asks of the app host."""

from pathlib import Path

from appliance.apps.model import Desired, Placement
from appliance.config.schema import Config
from appliance.control.desired import specs


def test_the_app_host_is_told_where_each_app_is_found(tmp_path: Path) -> None:
    apps = {"hello": {"source": "x"}}
    yaml = {"apps": apps, "domain": "example.org", "analytics": {"gradio": True}}
    desired = specs(Config.model_validate(yaml), tmp_path)
    assert desired.apps[0].placement == Placement(root="https://hello.example.org", path="/")
    assert desired.base_folder == str(tmp_path)
    assert desired.telemetry
    assert Desired.model_validate_json(desired.model_dump_json()) == desired
