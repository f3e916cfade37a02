from pathlib import Path

import pytest

from appliance.config.findings import ConfigError, Finding, dotted, render
from appliance.config.loading import load_text

HERE = Path(__file__).parent


def refused(text, file="appliance.yaml"):
    with pytest.raises(ConfigError) as error:
        load_text(text, Path(file))
    return error.value


def test_a_nasty_file_is_explained_like_this():
    error = refused((HERE / "nasty.yaml").read_text(), "nasty.yaml")
    assert render(error) + "\n" == (HERE / "nasty.txt").read_text()


def test_a_finding_is_one_line_with_its_place():
    error = refused("apps:\n  hello:\n    source: x\n    replcas: 3\n")
    words = "appliance.yaml:4:5  apps.hello.replcas: unknown key; did you mean `replicas`?"
    assert str(error) == words
    assert render(error).splitlines() == [words, "     4 |     replcas: 3", "       |     ^"]


def test_a_warning_says_that_it_is_one():
    finding = Finding("x", "a.yaml", 1, 1, "", "odd", severity="warning")
    assert render([finding]) == "a.yaml:1:1  warning: odd"


@pytest.mark.parametrize(
    "text",
    [
        "apps: {a: {source: x, env: {A: hunter2, B: 5}}}\n",
        "apps:\n  a:\n    source: x\n    secrets:\n      A: hunter2\n",
        "apps: {a: {source: x, env: {DATABASE_PASSWORD: hunter2}, replcas: 2}}\n",
        "apps: {a: {source: 'https://me:hunter2@example.org/x.git', replcas: 2}}\n",
        "api_token: 'hunter2\n",
    ],
)
def test_a_quoted_line_hides_what_may_be_secret(text):
    shown = render(refused(text))
    assert "hunter2" not in shown
    assert "…" in shown


def test_control_characters_of_the_file_do_not_reach_the_terminal():
    assert "\x1b" not in render(refused("a: '\x1b[31m'\n"))


def test_a_long_line_is_cut():
    shown = render(refused(f"a: {'x' * 10_000}\n"))
    assert max(map(len, shown.splitlines())) < 200


def test_paths_are_dotted_with_indices():
    assert dotted(("apps", "a", "files", "allowed", 0)) == "apps.a.files.allowed[0]"
