import json

import pytest
from typer.testing import CliRunner

from appliance.cli import program
from appliance.control.status import Notice
from tests.unit.cli.conftest import status


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command line beside a YAML with one good app."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("APPLIANCE_FILE", raising=False)
    monkeypatch.delenv("APPLIANCE_RUN", raising=False)
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "app.py").touch()
    (tmp_path / "appliance.yaml").write_text("apps: {hello: {source: hello}}\n")
    # Two verbs: a single one would be the whole program and not wanted by its name.
    return lambda *words: CliRunner().invoke(program("check", "plan"), words)


def test_a_good_file_is_right(run):
    found = run("check")
    assert (found.exit_code, found.output) == (0, "✓ appliance.yaml is right.\n")


def test_every_error_is_printed_with_its_line(run, tmp_path):
    (tmp_path / "appliance.yaml").write_text("domian: x\nruntime: podman\n")
    found = run("check")
    assert found.exit_code == 1
    assert "appliance.yaml:1:1  domian: unknown key; did you mean `domain`?" in found.output
    assert "     2 | runtime: podman\n       |          ^\n" in found.output
    assert found.output.endswith("✗ appliance.yaml is refused (2 errors).\n")


def test_brackets_in_the_file_are_no_markup(run, tmp_path):
    (tmp_path / "appliance.yaml").write_text("'[red]x[/red]': 1\n")
    assert "'[red]x[/red]': 1" in run("check").output


def test_warnings_are_printed_and_do_not_refuse(run, tmp_path):
    (tmp_path / "appliance.yaml").write_text(
        "apps: {a: {source: hello}, b: {source: hello, path: /a/b}}\n"
    )
    found = run("check")
    assert found.exit_code == 0
    assert "warning: apps.b.path" in found.output
    assert found.output.endswith("✓ appliance.yaml is right (1 warning).\n")


def test_files_that_are_named_must_be_there_unless_told_otherwise(run, tmp_path):
    (tmp_path / "appliance.yaml").write_text("apps: {a: {source: helo}}\n")
    assert "did you mean `hello`?" in run("check").output
    assert run("check", "--no-files").exit_code == 0


def test_another_file_is_an_argument_or_the_environment(run, tmp_path, monkeypatch):
    (tmp_path / "other.yaml").write_text("apps: {}\n")
    assert "other.yaml is right" in run("check", "other.yaml").output
    monkeypatch.setenv("APPLIANCE_FILE", "nowhere.yaml")
    assert "nowhere.yaml:1:1  there is no such file" in run("check").output


def test_programs_get_json(run, tmp_path):
    assert json.loads(run("check", "--json").output) == {"ok": True, "findings": []}
    (tmp_path / "appliance.yaml").write_text("domian: x\n")
    found = run("check", "--json")
    assert found.exit_code == 1
    (finding,) = json.loads(found.output)["findings"]
    assert finding["code"] == "unknown-key"
    assert (finding["line"], finding["column"], finding["key"]) == (1, 1, "domian")


def test_a_plan_without_an_appliance_adds_everything(run):
    assert run("plan").output == (
        "The appliance does not run; a start would do this:\n"
        "+ hello: added, will be served at http://localhost:8080/hello\n"
    )
    plan = json.loads(run("plan", "--json").output)
    assert plan["running"] is False
    assert plan["steps"][0]["action"] == "add-app"


def test_a_plan_of_a_broken_file_is_refused(run, tmp_path):
    (tmp_path / "appliance.yaml").write_text("domian: x\n")
    found = run("plan")
    assert found.exit_code == 1
    assert found.output.endswith("✗ Refused: it would change nothing.\n")
    assert json.loads(run("plan", "--json").output)["ok"] is False


def test_a_plan_compares_with_what_is_in_force(run, tmp_path, monkeypatch):
    monkeypatch.setattr("appliance.cli.plan.status", lambda _file: status())
    (tmp_path / "appliance.yaml").write_text("apps: {hello: {source: hello, replicas: 2}}\n")
    assert run("plan").output == (
        "~ hello: new release, because `source` changed; the old one serves until it is ready\n"
        "~ hello: 1 -> 2 instances\n"
    )


def test_a_plan_without_a_change_says_so(run, tmp_path, monkeypatch):
    known = status(text=(tmp_path / "appliance.yaml").read_text())
    monkeypatch.setattr("appliance.cli.plan.status", lambda _file: known)
    assert run("plan").output == "Nothing changes: this file is in force already.\n"


def test_a_plan_says_what_was_saved_and_waits_for_a_start(run, tmp_path, monkeypatch):
    waiting = Notice(code="ports-differ", message="Port 80 is not open.", remedy="`scripts/up`.")
    known = status(text=(tmp_path / "appliance.yaml").read_text())
    known = known.model_copy(update={"notices": (waiting,)})
    monkeypatch.setattr("appliance.cli.plan.status", lambda _file: known)
    assert "! Port 80 is not open. → `scripts/up`." in run("plan").output


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_the_file_may_be_named_as_other_commands_take_it(run, tmp_path, verb):
    (tmp_path / "appliance.yaml").rename(tmp_path / "other.yaml")
    assert run(verb).exit_code == 1
    for words in (("other.yaml",), ("-f", "other.yaml"), ("--file", "other.yaml")):
        assert run(verb, *words).exit_code == 0
