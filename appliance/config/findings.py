"""What is wrong with a configuration, where, and what to write instead."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

KeyPath = tuple[str | int, ...]
"""Where a value is: `("apps", "hello", "limits", "memory")`."""

# The reader's idea of a line end; `str.splitlines` knows more kinds and would count differently.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# A finding quotes one line of the file, which may hold what should not be told to others.
_SECRET_WORD = re.compile(r"(?i)pass|secret|token|credential|api_?key|private|://[^\s/@]+@")


@dataclass(frozen=True)
class Position:
    """Counted from 1, in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class Place:
    """Where a key and its value are written."""

    key: Position
    value: Position
    text: str | None = None
    """The scalar as written, for values such as `3.10` that YAML reads as another number."""


Places = Mapping[KeyPath, Place]


@dataclass(frozen=True)
class Finding:
    """One thing a person has to change, or (as a warning) should look at."""

    code: str
    """Stable, e.g. `unknown-key`, `wrong-value`, `syntax`, `same-address`."""
    file: str
    line: int
    column: int
    key: str
    """Dotted path, e.g. `apps.hello.limits.memory`; empty where the whole file is meant."""
    problem: str
    expected: str | None = None
    nearest: str | None = None
    """What was probably meant, ready to be copied."""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}  {self.sentence}"

    @property
    def sentence(self) -> str:
        """Key, problem and remedy, without the place."""
        text = f"{self.key}: {self.problem}" if self.key else self.problem
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f"; did you mean {self.nearest}?"
        return printable(text)


class ConfigError(Exception):
    """The configuration cannot be used. Holds every finding, warnings included."""

    def __init__(self, findings: Iterable[Finding], text: str = "") -> None:
        self.findings = tuple(findings)
        self.text = text
        """The YAML that was refused: for `render` only, it may hold anything."""
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True)
class Reporter:
    """Makes findings about one file."""

    file: str
    places: Places = field(default_factory=dict)

    def at(
        self, path: KeyPath, code: str, problem: str, *, on: str = "value", **more: str | None
    ) -> Finding:
        """A finding about the value at `path`, or its key; if unwritten, about its parent."""
        place, written = self._nearest_place(path)
        position = place.value if on == "value" and written == path else place.key
        return self.here(position, code, problem, key=dotted(path), **more)

    def here(self, position: Position, code: str, problem: str, **more: str | None) -> Finding:
        return Finding(
            code=code,
            file=self.file,
            line=position.line,
            column=position.column,
            key=more.get("key") or "",
            problem=problem,
            expected=more.get("expected"),
            nearest=more.get("nearest"),
            severity="warning" if more.get("severity") == "warning" else "error",
        )

    def _nearest_place(self, path: KeyPath) -> tuple[Place, KeyPath]:
        for end in range(len(path), -1, -1):
            if path[:end] in self.places:
                return self.places[path[:end]], path[:end]
        start = Position(1, 1)
        return Place(start, start), ()


def dotted(path: KeyPath) -> str:
    """`apps.hello.files.allowed[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def printable(text: str) -> str:
    """Without control characters: a file's content must not steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def excerpt(text: str, finding: Finding) -> tuple[str, int] | None:
    """The line a finding is about and the caret's offset; values that may be secret as `…`."""
    lines = _LINE_END.split(text)
    if not text or finding.line > len(lines):
        return None
    line = printable(lines[finding.line - 1].replace("\t", " "))
    secret = {"env", "secrets"} & set(finding.key.split(".")) or _SECRET_WORD.search(line)
    if secret and ":" in line:
        line = line[: line.index(":")] + ": …"
    line = line[:160]
    return line, min(finding.column - 1, len(line))


def render(error: ConfigError | Iterable[Finding], text: str = "") -> str:
    """For people: place, key, problem, remedy, and the line itself with a caret below it."""
    findings = error.findings if isinstance(error, ConfigError) else tuple(error)
    text = error.text if isinstance(error, ConfigError) else text
    return "\n\n".join("\n".join(_block(finding, text)) for finding in findings)


def _block(finding: Finding, text: str) -> Iterable[str]:
    label = "warning: " if finding.severity == "warning" else ""
    yield f"{finding.file}:{finding.line}:{finding.column}  {label}{finding.sentence}"
    if (shown := excerpt(text, finding)) is not None:
        line, offset = shown
        yield f"{finding.line:>6} | {line}"
        yield f"       | {' ' * offset}^"
