from pathlib import Path

from appliance.doctor.examining import CHECKS

PAGE = Path(__file__).parents[3] / "docs" / "doctor.md"


def test_every_check_is_on_the_page():
    modules = {check.__module__.rpartition(".")[2] for check in CHECKS}
    rows = {line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")}
    assert modules == rows
