"""A YAML parser's complaints in the words of a person who writes YAML by hand."""

import re

from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from appliance.config.findings import Finding, Position, Reporter

_INDENTATION = (
    "the indentation does not match the lines above; lines of one section start in one column"
)
_QUOTES = "put text that holds `: `, ` #` or starts with one of @ ` % & * ! | > { or [ in quotes"

_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?=[ \r\n]|$)", re.MULTILINE)


# What the parser says (searched for in its problem), what we say.
_WORDS = (
    (r"mapping values .* after a value", f"a second `:` on one line; {_QUOTES}"),
    (
        r"mapping values .* below a glued key",
        "a key where none can stand: the line above has no space after its `:`",
    ),
    (
        r"mapping values are not allowed",
        "a key where none can stand: the line above has no `:`, or this line is indented too far",
    ),
    (r"could not find expected ':'", "a key without `:`; write `key: value`"),
    (r"'\\t' that cannot start", "a tab; YAML is indented with spaces"),
    (r"character '[@`%]' that cannot start", f"text cannot start like this; {_QUOTES}"),
    (
        r"undefined alias '?([^']*)'?",
        "`*{name}` stands for nothing: there is no `&{name}` before it",
    ),
    (r"expected the node content", f"a value cannot start like this; {_QUOTES}"),
    (r"expected ',' or '\}'", "the `{` opened on line {opened} is not closed, or a `,` is missing"),
    (r"expected ',' or '\]'", "the `[` opened on line {opened} is not closed, or a `,` is missing"),
    (r"unexpected (end of stream|document separator)", "this quote is never closed"),
    (r"unknown escape character", "unknown `\\` sequence; in double quotes write `\\\\`"),
    (r"escape sequence of", "incomplete `\\` sequence; in double quotes write `\\\\`"),
    (
        r"sequence entries are not allowed",
        "a `- ` list item where none can stand; begin the list on a line of its own",
    ),
    (r"mapping keys are not allowed", "a `? ` where no key can stand"),
    (
        r"expected a single document",
        "a second document begins here (`---`); one file is one document",
    ),
    (r"undefined tag handle", "YAML tags (`!name`) are not used here; remove it"),
    (r"while (scanning|parsing) a tag", "YAML tags (`!name`) are not used here; remove it"),
    (r"found duplicate anchor", "an anchor of this name exists already"),
    (
        r"incompatible YAML document|directive",
        "lines that start with `%` are not used here; remove it",
    ),
    (r"chomping or indentation", "nothing may follow `|` or `>` on its line; begin below it"),
    (r"<block end>", _INDENTATION),
)


def complaint(error: YAMLError, text: str, report: Reporter) -> Finding:
    """What is wrong with the text, at the place that has to be mended."""
    if isinstance(error, MaxDepthExceededError):
        return report.here(_place(error), "too-large", "nested too deep")
    if isinstance(error, ReaderError):
        return _unprintable(error, text, report)
    if mark := _CONFLICT.search(text):
        problem = (
            f"Git left `{mark[0]}` where two versions differ; "
            "keep one of them and remove the lines that begin with `<`, `=` and `>`"
        )
        return report.here(_position(text, mark.start()), "syntax", problem)
    if isinstance(error, MarkedYAMLError):
        return report.here(_place(error), "syntax", _in_plain_words(error))
    return report.here(Position(1, 1), "syntax", "this is not YAML")


def slip(text: str, report: Reporter) -> Finding:
    """The parser's own failure; the only one seen is over codes that Unicode does not have."""
    found = re.search(r"\\U", text)
    if found is None:
        return report.here(Position(1, 1), "syntax", "this is not YAML")
    problem = "no character has this code"
    return report.here(_position(text, found.start()), "syntax", problem)


def _in_plain_words(error: MarkedYAMLError) -> str:
    said = f"{error.problem} ({error.context}){_after_a_value(error)}"
    for pattern, words in _WORDS:
        if found := re.search(pattern, said):
            opened = str(error.context_mark.line + 1) if error.context_mark else "above"
            name = found[1] if found.groups() else ""
            return words.replace("{opened}", opened).replace("{name}", name)
    return f"this is not YAML: {error.problem}"


def _after_a_value(error: MarkedYAMLError) -> str:
    """Three mistakes have one complaint; whether a `: ` stands before tells them apart."""
    mark = error.problem_mark
    if not mark or not mark.buffer:
        return ""
    begins = mark.pointer - mark.column
    if re.search(r":\s", mark.buffer[begins : mark.pointer]):
        return " after a value"
    above = mark.buffer[:begins].rstrip().rpartition("\n")[2]
    return " below a glued key" if re.match(r"\s*[\w-]+:\S", above) else ""


def _unprintable(error: ReaderError, text: str, report: Reporter) -> Finding:
    problem = f"the invisible character U+{ord(text[error.position]):04X} may not stand in YAML"
    return report.here(_position(text, error.position), "syntax", problem)


def _position(text: str, index: int) -> Position:
    before = text[:index]
    column = index - max(before.rfind("\n"), before.rfind("\r"))
    return Position(before.count("\n") + 1, column)


def _place(error: MarkedYAMLError) -> Position:
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a quoted scalar":
        # Found missing at the end of the file, but mended where the quote begins.
        mark = error.context_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
