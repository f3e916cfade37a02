"""`appliance visits`: how much apps and shares are used."""

import json
from collections import defaultdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.amounts import size
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.visits.api import LONGEST
from appliance.visits.export import as_csv


def command(  # noqa: PLR0913, PLR0917 - each is an option
    name: Annotated[str | None, typer.Argument(help="An app or share; absent: all apps.")] = None,
    days: Annotated[
        int, typer.Option("--days", "-n", min=1, max=LONGEST, help="The last so many, with today.")
    ] = 30,
    shares: Annotated[bool, typer.Option("--shares", help="Shares instead of apps.")] = False,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line a day.")] = False,
) -> None:
    """Show visits: how many people came, what they asked for, how it was answered."""
    if as_json and csv:
        raise CliError("--json and --csv exclude each other.", "Choose one of them.")
    asked: dict[str, str | int] = {"days": days, "kind": "share" if shares else "app"}
    if name is not None:
        asked["name"] = name
    with sockets.control(file) as client:
        found = sockets.answer(client.get("/visits", params=asked))
    if as_json:
        typer.echo(json.dumps({"days": found["days"]}, indent=2))
    elif csv:
        typer.echo(as_csv(found["days"]), nl=False)
    else:
        _show(found, name, days)


def _show(found: dict[str, Any], name: str | None, days: int) -> None:
    console = Console(highlight=False)
    rows = found["days"]
    if rows:
        console.print(_by_day(rows) if name is not None else _by_name(rows))
    else:
        console.print(nobody(name, days))
    if not found["counted"]:
        console.print("Visits are not counted: the YAML says `visits: off`.", style="yellow")


def _by_day(rows: list[dict[str, Any]]) -> Table:
    made = _table("Day")
    for row in rows:
        made.add_row(row["day"], *_cells([row]), _time(row["latency"]), _time(row["duration"]))
    return made


def _by_name(rows: list[dict[str, Any]]) -> Table:
    made = _table("Name", times=False)
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["name"]].append(row)
    for name, of in sorted(groups.items()):
        made.add_row(name, *_cells(of))
    return made


def _table(first: str, *, times: bool = True) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column(first, style="bold")
    more = ("Latency", "Prediction takes") if times else ()
    for title in ("Visitors", "Requests", "Predictions", "Errors", "Traffic", *more):
        made.add_column(title, justify="right", no_wrap=True)
    return made


def _cells(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    def of(*names: str) -> int:
        return sum(row[name] for row in rows for name in names)

    counts = (of("visitors"), of("requests"), of("predictions"), of("refused", "failed"))
    return (*map(str, counts), size(of("received", "sent")))


def _time(seconds: float | None) -> Text:
    if seconds is None:
        return Text("-", style="dim")
    return Text(f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s")


def nobody(name: str | None, days: int) -> Text:
    whom = f" {name}" if name else ""
    within = f"the last {days} days" if days > 1 else "the last day"
    return Text(f"Nobody visited{whom} in {within}.", style="dim")
