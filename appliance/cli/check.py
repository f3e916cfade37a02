"""`appliance check`: whether the YAML is right, before anything runs."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.cli import _findings as shown
from appliance.cli._errors import FAILED
from appliance.cli._on_disk import on_disk
from appliance.cli._sockets import DEFAULT_FILE, AsJson
from appliance.config.findings import ConfigError, Finding
from appliance.config.loading import load

Files = Annotated[
    bool,
    typer.Option(
        "--files/--no-files",
        help="Also look whether sources, scripts and secrets are there.",
    ),
]


def command(
    file: shown.File = DEFAULT_FILE,
    named: shown.Named = None,
    as_json: AsJson = False,
    files: Files = True,
) -> None:
    """Say everything that is wrong with appliance.yaml. Exit code 1 when it would be refused."""
    file = named or file
    findings, text = examine(file, files=files)
    good = not any(finding.severity == "error" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": good, "findings": shown.as_json(findings)}, indent=2))
    else:
        _print(file, findings, text, good=good)
    if not good:
        raise typer.Exit(FAILED)


def examine(file: Path, *, files: bool) -> tuple[tuple[Finding, ...], str]:
    """All findings about a YAML, and its text. Files are looked at once the text is right."""
    try:
        loaded = load(file)
    except ConfigError as error:
        return error.findings, error.text
    found = on_disk(loaded, file.absolute().parent) if files else ()
    findings = (*loaded.warnings, *found)
    return tuple(sorted(findings, key=lambda item: (item.line, item.column))), loaded.text


def _print(file: Path, findings: tuple[Finding, ...], text: str, *, good: bool) -> None:
    console = Console(highlight=False)
    shown.show(findings, text, console)
    counted = f" ({shown.count(findings)})" if findings else ""
    if good:
        console.print(f"[green]✓[/] {file.name} is right{counted}.", soft_wrap=True)
    else:
        console.print(f"[red]✗[/] {file.name} is refused{counted}.", soft_wrap=True)
