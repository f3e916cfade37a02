"""Findings on a terminal, in the words of `render` and in colour where there is any."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from appliance.config.findings import Finding, render

File = Annotated[
    Path,
    typer.Argument(envvar="APPLIANCE_FILE", metavar="FILE", help="The YAML of the appliance."),
]
Named = Annotated[
    Path | None,
    typer.Option("--file", "-f", show_default=False, help="The same, as other commands take it."),
]


def show(findings: Iterable[Finding], text: str, console: Console) -> None:
    """Each with its line of the file and a caret."""
    for finding in findings:
        head, *quoted = render([finding], text).split("\n")
        place, sentence = head.split("  ", 1)
        colour = "red" if finding.severity == "error" else "yellow"
        # The words first: they are what has to be found again in a long list.
        console.print(
            Text(place, "dim"), Text(sentence, f"bold {colour}"), sep="  ", soft_wrap=True
        )
        for line in quoted:
            style = colour if line.endswith("^") else "dim"
            console.print(Text(line, style), soft_wrap=True)
        console.print()


def as_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def count(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(finding.severity == "error" for finding in findings)
    parts = [(errors, "error"), (len(findings) - errors, "warning")]
    return ", ".join(f"{number} {word}{'s' * (number > 1)}" for number, word in parts if number)
