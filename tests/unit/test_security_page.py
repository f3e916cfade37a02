"""What docs/security.md says is shown by a test is shown by a test."""

import re

from tests.running.examples import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_[a-z0-9_]+)\(", file.read_text())
    }
    assert len(named) > 20
    assert named - there == set()


def test_every_module_that_it_names_exists() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+\.py)`", PAGE))
    there = {file.name for file in (ROOT / "tests/integration/auth").rglob("test_*.py")}
    assert named
    assert named - there == set()
