"""pydantic's errors as findings: what stands there, what belongs there, what was probably meant."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from appliance.config import meant
from appliance.config.findings import Finding, KeyPath, Reporter
from appliance.config.kinds import Kind, kind
from appliance.config.schema import Config

_ROOT = kind(Config)
_ODD_SPACE = re.compile("[\u00a0\u2000-\u200b\u202f\u3000]")
"""As they come along when lines are copied from a web page."""


@dataclass(frozen=True)
class _Error:
    """One of pydantic's errors, its location free of the branches of unions."""

    path: KeyPath
    kind: Kind
    type: str
    value: Any
    own_words: str | None


def explain(error: ValidationError, report: Reporter) -> tuple[Finding, ...]:
    """At most one finding a place; a union's branches that were never meant are left out."""
    errors = [_error(item) for item in error.errors(include_url=False)]
    chosen: dict[tuple[KeyPath, bool], _Error] = {}
    for item in errors:
        # `{git: ...}` with a typo is also "not text"; only the typo helps.
        if not (item.kind.keys and isinstance(item.value, Mapping) and _about_type(item)):
            chosen.setdefault((item.path, item.type == "bad_name"), item)
    return tuple(_finding(item, report) for item in chosen.values())


def _about_type(item: _Error) -> bool:
    return item.type in ("string_type", "int_type", "literal_error")


def _error(item: ErrorDetails) -> _Error:
    *parents, last = item["loc"] or ("",)
    type_ = item["type"]
    path, here = _follow(parents)
    if last == "[key]":
        return _Error(path, here, "bad_name", item["input"], None)
    if type_ == "extra_forbidden":
        path = (*path, last)
    elif (child := here.child(last)) is not None:
        path, here = (*path, last), child
    own = str(item["ctx"]["error"]) if type_ == "value_error" else None
    return _Error(path, here, type_, item["input"], own)


def _follow(parts: Iterable[str | int]) -> tuple[KeyPath, Kind]:
    """Down the schema; parts it does not know are names of a union's branches."""
    path: KeyPath = ()
    here = _ROOT
    for part in parts:
        if (child := here.child(part)) is not None:
            path, here = (*path, part), child
    return path, here


def _finding(item: _Error, report: Reporter) -> Finding:
    at, words, key = item.path, item.kind, item.path[-1] if item.path else ""
    if item.type == "extra_forbidden" and (odd := _ODD_SPACE.match(str(key))):
        problem = f"the space before this key is U+{ord(odd[0]):04X}, which only looks like one"
        return report.at(at, "unknown-key", problem, on="key", expected="ordinary spaces")
    if item.type == "extra_forbidden":
        nearest = meant.key(str(key), words)
        expected = None if nearest else _one_of(words.keys)
        return report.at(
            at, "unknown-key", "unknown key", on="key", expected=expected, nearest=nearest
        )
    if item.type == "missing":
        return report.at(at, "missing-key", "is missing", on="key", expected=words.expected)
    if item.type == "bad_name":
        _, parent = _follow(at[:-1])
        name = parent.name.expected if parent.name else None
        nearest = _as_name(str(key), env=at[-2:-1] in (("env",), ("secrets",)))
        return report.at(
            at,
            "bad-name",
            f"`{key}` cannot be a name here",
            on="key",
            expected=name,
            nearest=nearest,
        )
    return _wrong_value(item, report)


def _wrong_value(item: _Error, report: Reporter) -> Finding:
    written = report.places[item.path].text if item.path in report.places else None
    if not item.path:
        problem = f"the file is {_noun(item.value)}"
        nearest = meant.key(written, _ROOT) if written and ":" in written else None
        return report.at(
            (),
            "wrong-type",
            problem,
            expected="keys such as `apps:` at the left edge",
            nearest=nearest,
        )
    secret = {"env", "secrets", "password_hash"} & set(item.path)
    nearest = None
    if not secret:
        nearest = meant.value(item.path, item.kind, item.type, item.value, written)
    expected = item.own_words.removeprefix("expected ") if item.own_words else item.kind.expected
    code = "wrong-value" if isinstance(item.value, str) else "wrong-type"
    problem = f"cannot be {_found(item.value, None if secret else written)}"
    if item.own_words and not item.own_words.startswith("expected "):
        problem, expected = item.own_words, ""
    return report.at(item.path, code, problem, expected=_quoted(item, expected), nearest=nearest)


def _quoted(item: _Error, expected: str) -> str:
    if item.type == "string_type" and isinstance(item.value, bool | int | float):
        quoted = f"{item.kind.words} in quotes"
        return f"{quoted}; without them YAML takes it for {_noun(item.value)}"
    return expected


def _found(value: Any, written: str | None) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping | tuple) or written is None:
        return _noun(value)
    return "empty" if written == "" else f"`{meant.short(written)}`"


def _noun(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list | tuple) else "this text"


def _as_name(key: str, *, env: bool) -> str | None:
    if env:
        name = re.sub(r"^(?=[0-9])|\W", "_", key, flags=re.ASCII)
    else:
        name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:40].rstrip("-")
    return f"`{name}`" if name else None


def _one_of(keys: Iterable[str]) -> str:
    return f"one of {', '.join(keys)}"
