"""YAML text to plain data plus the place of every key and value. Bounded in size and depth.

Nodes are read directly instead of letting a constructor make objects: nothing in the file can
name a type, and every value's line and column is known, also behind an alias or a merge.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from appliance.config.findings import (
    ConfigError,
    Finding,
    KeyPath,
    Place,
    Position,
    Reporter,
    dotted,
)
from appliance.config.syntax import complaint, slip

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_VALUES = 20_000
"""Values after aliases are followed: a few lines of nested aliases can mean billions."""

_TEXT = ("str", "timestamp", "value", "merge")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Document:
    """What the YAML says, before anyone asked whether it makes sense."""

    data: Any
    """dict, tuple, str, int, float, bool or None."""
    places: dict[KeyPath, Place]
    findings: tuple[Finding, ...]
    """Duplicate keys, tags and the like; the data is usable all the same."""


def parse(text: str, file: str) -> Document:
    """Raises `ConfigError` if the text is not one YAML document within the bounds."""
    yaml = _yaml()
    reader = _Reader(Reporter(file), yaml.constructor)
    try:
        node = yaml.compose(text)
        data = reader.value(node, ()) if node is not None else None
    except _TooMuchError as error:
        raise ConfigError(
            [reader.report.here(error.position, "too-large", str(error))], text
        ) from None
    except (ValueError, ArithmeticError, LookupError, AssertionError):
        raise ConfigError([slip(text, reader.report)], text) from None
    except YAMLError as error:
        raise ConfigError([complaint(error, text, reader.report)], text) from None
    return Document(data, reader.places, tuple(reader.findings))


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    return yaml


class _TooMuchError(Exception):
    def __init__(self, problem: str, position: Position) -> None:
        super().__init__(problem)
        self.position = position


@dataclass
class _Reader:
    """One pass over the nodes."""

    report: Reporter
    constructor: SafeConstructor
    places: dict[KeyPath, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    values: int = 0

    def value(self, node: Node, path: KeyPath, key: Node | None = None) -> Any:
        """Plain data; notes places and findings on the way."""
        self._bounds(node, path)
        plain = node.value if isinstance(node, ScalarNode) else None
        # An empty value is nowhere; the parser says it is where the next key is.
        start = _start(key if key and plain == "" else node)
        self.places[path] = Place(_start(key or node), start, plain)
        if isinstance(node, MappingNode):
            self._core_tag(node, path, "map")
            return {
                name: self.value(item, (*path, name), at)
                for name, at, item in self._pairs(node, path)
            }
        if isinstance(node, SequenceNode):
            self._core_tag(node, path, "seq")
            return tuple(self.value(item, (*path, index)) for index, item in enumerate(node.value))
        return self._scalar(node, path)

    def _bounds(self, node: Node, path: KeyPath) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise _TooMuchError(
                f"more than {MAX_VALUES} values once aliases (*name) are followed", _start(node)
            )
        if len(path) > MAX_DEPTH:
            raise _TooMuchError("nested too deep", _start(node))

    def _pairs(self, node: MappingNode, path: KeyPath) -> list[tuple[str, Node, Node]]:
        """Own keys first, then what `<<` adds and no own key overrides."""
        pairs: dict[str, tuple[Node, Node]] = {}
        merged: list[Node] = []
        for key, item in node.value:
            if not isinstance(key, ScalarNode):
                self._note(
                    key, path, "wrong-key", "a key must be plain text; put { } and [ ] in quotes"
                )
            elif _tag(key) == "merge":
                merged.append(item)
            elif (name := self._text(key, path)) in pairs:
                first = _start(pairs[name][0]).line
                problem = f"appears twice; the first is on line {first}"
                self._note(key, (*path, name), "duplicate-key", problem)
            else:
                pairs[name] = (key, item)
        for item in merged:
            for name, key, value in self._merged(item, path):
                pairs.setdefault(name, (key, value))
        return [(name, key, item) for name, (key, item) in pairs.items()]

    def _merged(self, node: Node, path: KeyPath) -> Iterator[tuple[str, Node, Node]]:
        self._bounds(node, (*path, "<<"))
        if isinstance(node, MappingNode):
            yield from self._pairs(node, (*path, "<<"))
        elif isinstance(node, SequenceNode):
            for item in node.value:
                yield from self._merged(item, (*path, "<<"))
        else:
            self._note(node, path, "wrong-key", "`<<` takes a mapping, e.g. `<<: *defaults`")

    def _scalar(self, node: Node, path: KeyPath) -> Any:
        tag = _tag(node)
        make = _SCALARS.get(tag)
        if make is None:
            if tag not in _TEXT:
                self._core_tag(node, path, "str")
            return self._text(node, path)
        try:
            value = make(self.constructor, node)
        except (ValueError, ArithmeticError, LookupError):
            value = None
        if (value is None and tag != "null") or (isinstance(value, float) and not isfinite(value)):
            # As text it is explained by whoever expects a number.
            return self._text(node, path)
        return value

    def _text(self, node: Node, path: KeyPath) -> str:
        """Escapes can write characters that no path, variable or JSON document may hold."""
        text = str(node.value)
        if found := _NO_TEXT.search(text):
            problem = f"the character U+{ord(found[0]):04X} may not stand here"
            self._note(node, path, "wrong-value", problem)
        return _NO_TEXT.sub("�", text)

    def _core_tag(self, node: Node, path: KeyPath, name: str) -> None:
        if _tag(node) != name:
            self._note(node, path, "tag", "YAML tags (`!name`) are not used here; remove it")

    def _note(self, node: Node, path: KeyPath, code: str, problem: str) -> None:
        self.findings.append(self.report.here(_start(node), code, problem, key=dotted(path)))


_SCALARS: dict[str, Any] = {
    "null": lambda make, node: make.construct_yaml_null(node),
    "bool": lambda make, node: make.construct_yaml_bool(node),
    "int": lambda make, node: make.construct_yaml_int(node),
    "float": lambda make, node: make.construct_yaml_float(node),
}


def _tag(node: Node) -> str:
    return str(node.tag).removeprefix(_TAG)


def _start(node: Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)
