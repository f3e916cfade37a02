import pytest

from appliance.config.document import MAX_VALUES, parse
from appliance.config.findings import ConfigError, Position


def data(text):
    return parse(text, "a.yaml").data


def refusal(text):
    with pytest.raises(ConfigError) as refused:
        parse(text, "a.yaml")
    (found,) = refused.value.findings
    return found


def test_values_are_those_of_yaml_1_2():
    text = "{a: yes, b: true, c: 010, d: 0o10, e: 0x10, f: 1.5, g: ~, h: 12:30, i: 2026-01-02}"
    assert data(text) == {
        "a": "yes",
        "b": True,
        "c": 10,
        "d": 8,
        "e": 16,
        "f": 1.5,
        "g": None,
        "h": "12:30",
        "i": "2026-01-02",
    }


def test_keys_are_text_whatever_they_look_like():
    assert data("{1: a, true: b, 3.10: c}") == {"1": "a", "true": "b", "3.10": "c"}


def test_every_key_and_value_has_its_place():
    places = parse("a:\n  b: [x, y]\n", "a.yaml").places
    assert (places["a", "b"].key, places["a", "b"].value) == (Position(2, 3), Position(2, 6))
    assert places["a", "b", 1].value == Position(2, 10)


def test_an_alias_is_the_value_it_stands_for_at_the_place_of_the_anchor():
    found = parse("a: &x {k: 1}\nb: *x\n", "a.yaml")
    assert found.data == {"a": {"k": 1}, "b": {"k": 1}}
    assert found.places["b", "k"].value == Position(1, 11)


def test_a_merge_adds_what_is_not_there():
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\n"
    assert data(text)["c"] == {"x": 3, "y": 1, "z": 2}


def test_merging_what_is_no_mapping_is_refused():
    (found,) = parse("a: {<<: 5}\n", "a.yaml").findings
    assert found.problem == "`<<` takes a mapping, e.g. `<<: *defaults`"


def test_duplicate_keys_are_found_with_the_line_of_the_first():
    found = parse("a: 1\nb: {c: 1, c: 2}\na: 2\n", "a.yaml").findings
    assert [(item.line, item.column, item.key) for item in found] == [(3, 1, "a"), (2, 11, "b.c")]
    assert found[0].problem == "appears twice; the first is on line 1"


@pytest.mark.parametrize(
    "text", ["a: !!python/object/apply:os.getcwd []", "a: !mine x", "a: !!binary aGk=", "!!set {a}"]
)
def test_tags_make_nothing_and_are_refused(text):
    codes = [item.code for item in parse(text, "a.yaml").findings]
    assert codes == ["tag"]


def test_aliases_of_aliases_are_bounded():
    levels = "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    found = refusal(f"a: &a [lol]\n{levels}")
    assert found.code == "too-large"
    assert str(MAX_VALUES) in found.problem


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000 + "x", "{a: " * 50_000])
def test_depth_is_bounded(text):
    assert refusal(text).code == "too-large"


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "&a [*a, *a]"])
def test_an_alias_inside_its_own_anchor_is_refused(text):
    assert refusal(text).code == "too-large"


def test_an_anchor_may_be_used_again():
    assert data("a: &x 1\nb: &x 2\nc: *x\n")["c"] == 2


@pytest.mark.parametrize("text", ["a: !!int ''", "a: !!float ''", "a: !!bool maybe", "a: 1e999"])
def test_what_is_no_number_stays_text(text):
    assert isinstance(data(text)["a"], str)


@pytest.mark.parametrize("text", ['a: "x\\0"', 'a: "\\ud800"', '"a\\0": x', 'a: ["\\udc80"]'])
def test_characters_that_are_no_text_are_refused_and_go_no_further(text):
    found = parse(text, "a.yaml")
    assert [item.code for item in found.findings] == ["wrong-value"]
    str(found.data).encode("utf-8")
