import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter
from typer.testing import CliRunner

from appliance.cli import doctor, program
from appliance.doctor.examining import CHECKS
from appliance.doctor.model import Diagnosis, Where

PAGE = Path(__file__).parents[3] / "docs" / "doctor.md"


@dataclass
class Place:
    """As the page says it, and nothing else."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    file: str
    line: int
    key: str


@dataclass
class Found:
    """The same."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    check: str
    state: Literal["good", "bad", "unknown"]
    message: str
    remedy: str
    where: Place | None


FINDINGS = TypeAdapter(list[Found])


def test_every_check_is_on_the_page():
    modules = {check.__module__.rpartition(".")[2] for check in CHECKS}
    rows = {
        line.split("`")[1]
        for line in PAGE.read_text().split("## For programs")[0].splitlines()
        if line.startswith("| `")
    }
    assert modules == rows


def test_programs_read_what_the_page_shows():
    text = PAGE.read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    shown = FINDINGS.validate_json(example)
    assert [one.where is None for one in shown] == [False, True]
    fields = text.split("| field | holds |")[1].split("\n\n")[0]
    assert all(f"`{name}`" in fields for name in (*Found.__annotations__, *Place.__annotations__))


def test_programs_read_what_the_doctor_says(tmp_path, monkeypatch):
    yaml = tmp_path / "appliance.yaml"
    yaml.write_text("# mine\ndomain: demos.example.org\n")
    bad = Diagnosis("names", "bad", "leads nowhere", "Add it.", ("domain",))
    good = Diagnosis("clock", "good", "right")
    monkeypatch.setattr(
        "appliance.doctor.examining.CHECKS", (lambda _: iter([bad]), lambda _: iter([good]))
    )
    monkeypatch.setenv("APPLIANCE_RUN", str(tmp_path / "run"))
    app = program("doctor", "check")
    ran = CliRunner().invoke(app, ["doctor", "--json", "--file", str(yaml)])
    assert ran.exit_code == 1
    first, second = FINDINGS.validate_json(ran.stdout)
    assert first.where == Place("appliance.yaml", 2, "domain")
    assert second.where is None
    told = CliRunner().invoke(app, ["doctor", "--file", str(yaml)]).stdout
    assert "appliance.yaml:2: domain" in told.splitlines()[2]


def test_what_is_said_to_programs_can_be_written(tmp_path):
    where = Where("appliance.yaml", 1, "domain")
    one = Diagnosis("names", "bad", "m", "r", ("domain",), where)
    assert json.loads(json.dumps(doctor.plain(one)))["where"]["key"] == "domain"
