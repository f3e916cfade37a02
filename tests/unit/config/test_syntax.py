from pathlib import Path

import pytest

from appliance.config.findings import ConfigError
from appliance.config.loading import load_text

MISTAKES = [
    ("apps:\n\thello: x\n", (2, 1), "a tab; YAML is indented with spaces"),
    ("a: b: c\n", (1, 5), "a second `:` on one line; put text that holds `: `"),
    ("apps\ndomain: x\n", (2, 7), "the line above has no `:`, or this line is indented too far"),
    ("domain:x\nshare: {}\n", (2, 6), "the line above has no space after its `:`"),
    ("share: {}\n<<<<<<< HEAD\na: 1\n=======\n", (2, 1), "Git left `<<<<<<<` where two"),
    ("a: x\n  b: y\n", (2, 4), "the line above has no `:`, or this line is indented too far"),
    ("apps: {a: {source: x\ndomain: y\n", (2, 7), "the `{` opened on line 1 is not closed"),
    ("a: [1, 2\nb: 3\n", (2, 2), "the `[` opened on line 1 is not closed"),
    ("a: 'x\nb: y\n", (1, 4), "this quote is never closed"),
    ('a: "x\n---\n', (1, 4), "this quote is never closed"),
    ('a: "\\q"\n', (1, 6), "unknown `\\` sequence"),
    ('a: "\\xg"\n', (1, 7), "incomplete `\\` sequence"),
    ("a: *x\n", (1, 4), "`*x` stands for nothing: there is no `&x` before it"),
    ("a: @x\n", (1, 4), "text cannot start like this"),
    ("a: ]\n", (1, 4), "a value cannot start like this"),
    ("a: - b\n", (1, 4), "a `- ` list item where none can stand"),
    ("a: |x\n", (1, 5), "nothing may follow `|` or `>` on its line"),
    ("apps:\n  a: 1\n b: 2\n", (3, 2), "the indentation does not match the lines above"),
    ("a: 1\n---\nb: 2\n", (2, 1), "a second document begins here"),
    ("%FOO\n%YAML 9.9\n---\n", (2, 1), "lines that start with `%` are not used here"),
    ("a: !e!x y\n", (1, 4), "YAML tags (`!name`) are not used here"),
    ("a: 1\nb: x\x07\n", (2, 5), "the invisible character U+0007 may not stand in YAML"),
]


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES)
def test_mistakes_in_yaml_are_told_in_plain_words(text, place, words):
    with pytest.raises(ConfigError) as refused:
        load_text(text, Path("appliance.yaml"))
    (found,) = refused.value.findings
    assert words in found.problem
    assert (found.line, found.column) == place
    assert found.code == "syntax"


def test_a_code_beyond_unicode_is_refused_in_its_line():
    with pytest.raises(ConfigError) as refused:
        load_text('a: 1\nb: "\\U00110000"\n', Path("appliance.yaml"))
    assert refused.value.findings[0].line == 2
