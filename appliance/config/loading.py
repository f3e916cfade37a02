"""`appliance.yaml` from disk to a configuration, or everything that is wrong with it at once."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from appliance.config.checks import contradictions
from appliance.config.document import MAX_BYTES, parse
from appliance.config.explain import explain
from appliance.config.findings import ConfigError, Finding, Places, Position, Reporter
from appliance.config.schema import Config


@dataclass(frozen=True)
class Loaded:
    """A configuration that can be used."""

    config: Config
    text: str = field(repr=False)
    path: Path
    places: Places = field(default_factory=dict, repr=False, compare=False)
    """Where each key is written, for findings about what is on disk."""
    warnings: tuple[Finding, ...] = ()


def load(path: Path) -> Loaded:
    """Read, parse and check one file. Raises `ConfigError` with all findings."""
    return load_text(read(path), path)


def load_text(text: str, path: Path) -> Loaded:
    """The same for text that is not, or not yet, on disk; `path` names it in findings."""
    file = path.name
    if len(text) > MAX_BYTES:
        raise ConfigError([_whole(file, "too-large", _too_large())])
    document = parse(text, file)
    report = Reporter(file, document.places)
    findings = [*document.findings]
    try:
        config = Config.model_validate(document.data)
    except ValidationError as error:
        findings += explain(error, report)
        raise ConfigError(_in_order(findings), text) from None
    findings += contradictions(config, report)
    if any(finding.severity == "error" for finding in findings):
        raise ConfigError(_in_order(findings), text)
    return Loaded(config, text, path, document.places, _in_order(findings))


def read(path: Path) -> str:
    """At most `MAX_BYTES` of a regular file, decoded. Raises `ConfigError`."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            problem = "this is a folder; remove it and put the file in its place"
            raise ConfigError([_whole(path.name, "file-unreadable", problem)])
        if not stat.S_ISREG(kind):
            raise ConfigError([_whole(path.name, "file-unreadable", "this is not a file")])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problem = f"there is no such file in {path.absolute().parent}"
        raise ConfigError([_whole(path.name, "file-missing", problem)]) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError([_whole(path.name, "file-unreadable", problem)]) from None
    if len(content) > MAX_BYTES:
        raise ConfigError([_whole(path.name, "too-large", _too_large())])
    if not content.strip():
        # What a full disk or an editor at work leaves of a file: no reason to end all apps.
        problem = "the file is empty; to run nothing, write `apps: {}`"
        raise ConfigError([_whole(path.name, "file-empty", problem)])
    return _decode(content, path.name)


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        position = Position(before.count(b"\n") + 1, column)
        problem = "this byte is not UTF-8; save the file as UTF-8"
        raise ConfigError([Reporter(file).here(position, "not-utf8", problem)]) from None


def _too_large() -> str:
    return f"larger than {MAX_BYTES // 1024} KB, which no appliance.yaml needs"


def _whole(file: str, code: str, problem: str) -> Finding:
    return Reporter(file).here(Position(1, 1), code, problem)


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.line, finding.column)))
