from pathlib import Path

import pytest

from appliance.config import reference
from appliance.config.loading import load_text

ROOT = Path(__file__).parents[3]


def test_the_generated_files_are_up_to_date():
    assert reference.drift(ROOT / "docs") == [], "run python -m appliance.config.reference"


KEYS = [
    pytest.param(key, info, id=f"{title}.{key}")
    for title, section in reference.sections()
    for key, info in section.model_fields.items()
]


@pytest.mark.parametrize(("key", "info"), KEYS)
def test_every_key_is_described_on_the_page(key, info):
    assert info.description
    assert f"| `{key}` |" in reference.page()
    assert info.description in reference.page()


def test_the_example_on_the_page_is_right():
    loaded = load_text(reference.EXAMPLE, Path("appliance.yaml"))
    assert loaded.warnings == ()
    assert set(loaded.config.apps) == {"hello", "captions"}


def test_check_tells_drift_and_writing_mends_it(tmp_path, capsys):
    assert reference.main(["--check", str(tmp_path)]) == 1
    assert "yaml.md is out of date" in capsys.readouterr().out
    assert reference.main([str(tmp_path)]) == 0
    assert reference.main(["--check", str(tmp_path)]) == 0


@pytest.mark.parametrize("name", ["Ports", "App", "Limits"])
def test_editors_refuse_unknown_keys_too(name):
    assert reference.json_schema()["$defs"][name]["additionalProperties"] is False


def test_the_json_schema_shows_defaults_as_they_are_written():
    temp = reference.json_schema()["$defs"]["TempCache"]["properties"]
    assert temp["check_every"]["default"] == "1h"
