"""What the YAML says to the parts of the front door."""

from datetime import timedelta
from pathlib import Path

import pytest

from appliance.config.findings import ConfigError
from appliance.config.loading import load_text
from appliance.config.schema import Config
from appliance.control.guarding import rules


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ({"auth": {}}, timedelta(days=365)),
        ({"auth": {"audit": {"keep": "90d"}}}, timedelta(days=90)),
        ({"auth": {"audit": {"keep": "none"}}}, None),
        ({"domain": "example.org"}, timedelta(days=365)),
        # Nobody signs in: what was noted before stays until the YAML says how long.
        ({}, None),
    ],
)
def test_how_long_the_audit_is_kept(document: dict, kept: timedelta | None) -> None:
    assert rules(Config.model_validate(document)).audit == kept


@pytest.mark.parametrize("written", ["12h", "0d", "often", "90"])
def test_anything_else_is_a_mistake_that_is_told_with_its_place(
    written: str, tmp_path: Path
) -> None:
    text = f"auth:\n  audit: {{keep: {written}}}\napps: {{}}\n"
    with pytest.raises(ConfigError) as caught:
        load_text(text, tmp_path / "appliance.yaml")
    [finding] = caught.value.findings
    assert (finding.key, finding.line) == ("auth.audit.keep", 2)
