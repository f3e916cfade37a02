from pathlib import Path

import pytest

from appliance.cli._on_disk import on_disk
from appliance.config.loading import load_text


@pytest.fixture
def found(tmp_path):
    """Findings about a YAML beside a folder `hello` with an app.py."""
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "app.py").touch()
    return lambda text: on_disk(load_text(text, tmp_path / "appliance.yaml"), tmp_path)


def test_what_is_there_gives_no_findings(found, tmp_path):
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0o600)
    secrets = "secrets: {T: {file: token}}"
    assert found(f"apps: {{a: {{source: hello, file: app.py, {secrets}}}}}\n") == ()


def test_a_missing_folder_is_named_with_the_nearest(found):
    (finding,) = found("apps: {a: {source: helo}}\n")
    assert (finding.code, finding.nearest) == ("source-missing", "`hello`")
    assert (finding.line, finding.column) == (1, 20)


def test_a_script_as_source_is_taken_apart(found):
    (finding,) = found("apps: {a: {source: hello/app.py}}\n")
    assert finding.expected == "`source: hello` and `file: app.py`"


def test_a_missing_script_is_named_with_the_nearest(found):
    (finding,) = found("apps: {a: {source: hello, file: ap.py}}\n")
    assert (finding.code, finding.key, finding.nearest) == (
        "file-missing",
        "apps.a.file",
        "`app.py`",
    )


def test_without_a_file_the_script_is_app_py(found, tmp_path):
    script = tmp_path / "hello" / "app.py"
    script.rename(script.with_name("main.py"))
    (finding,) = found("apps: {a: {source: hello}}\n")
    assert finding.nearest == "`file: main.py`"


def test_a_readme_may_name_the_script(found, tmp_path):
    (tmp_path / "hello" / "app.py").rename(tmp_path / "hello" / "README.md")
    assert found("apps: {a: {source: hello}}\n") == ()


@pytest.mark.parametrize(
    ("source", "nearest"),
    [
        ("github.com/you/app", "`https://github.com/you/app`"),
        ("“hello”", '`"hello"`'),
        ("~/app", f"`{Path.home()}/app`"),
    ],
)
def test_what_was_meant_by_a_source_that_is_no_folder(found, source, nearest):
    (finding,) = found(f"apps: {{a: {{source: {source}}}}}\n")
    assert (finding.code, finding.nearest) == ("source-missing", nearest)


def test_a_repository_is_not_looked_for_on_disk(found):
    assert found("apps: {a: {source: https://example.org/x.git}}\n") == ()


def test_an_allowed_folder_that_is_not_there_is_a_warning(found):
    (finding,) = found("apps: {a: {source: hello, files: {allowed: [/data, pictures]}}}\n")
    assert (finding.code, finding.severity) == ("path-missing", "warning")
    assert finding.key == "apps.a.files.allowed[1]"


@pytest.mark.parametrize("ref", ["{file: nowhere}", "{env: NO_SUCH_VARIABLE_HERE}"])
def test_a_missing_secret_is_an_error_at_its_place(found, ref):
    (finding,) = found(f"apps: {{a: {{source: hello, secrets: {{T: {ref}}}}}}}\n")
    assert finding.severity == "error"
    assert finding.key == "apps.a.secrets.T"


def test_a_secret_that_others_can_read_is_a_warning(found, tmp_path):
    (tmp_path / "token").write_text("hunter2")
    (tmp_path / "token").chmod(0o644)
    (finding,) = found("apps: {a: {source: hello, secrets: {T: {file: token}}}}\n")
    assert (finding.code, finding.severity) == ("secret-readable", "warning")
    assert finding.expected == "`chmod 600 token`"
    assert "hunter2" not in str(finding)
