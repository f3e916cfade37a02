"""People and tokens as people read them on a terminal."""

import getpass
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from appliance.amounts import ago, span
from appliance.cli._errors import CliError
from appliance.cli._tables import Widest
from appliance.commands import COMMAND

NEVER = Text("-", style="dim")
_MINOR = ("Apps", "Last used", "From", "Uses")
"""Of a token, the least wanted last."""


def typed_password() -> str:
    """From the terminal, twice, unseen; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise CliError("The two differ.", "Try again.")
    return first


def people_table(people: Iterable[Mapping[str, Any]]) -> RenderableType:
    rows = list(people)
    if not rows:
        return Text(f"Nobody yet. `{COMMAND} users create` makes somebody.", style="dim")
    table = _table("Name", "Called", "E-mail", "Groups", "Notes")
    for row in rows:
        notes = [word for word, said in _notes(row) if said]
        table.add_row(
            row["name"],
            row["full_name"] or NEVER,
            row["email"] or NEVER,
            ", ".join(row["groups"]) or NEVER,
            ", ".join(notes) or NEVER,
        )
    return table


def _notes(row: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    return (
        ("admin", row["admin"]),
        ("disabled", row["disabled"]),
        ("from the YAML", row["declared"]),
        ("no password", not row["has_password"]),
    )


def tokens_table(tokens: Iterable[Mapping[str, Any]], now: datetime) -> RenderableType:
    rows = list(tokens)
    if not rows:
        return Text(f"No tokens. `{COMMAND} tokens create` makes one.", style="dim")
    return Widest(*(_tokens(rows, now, leave_out) for leave_out in range(len(_MINOR) + 1)))


def _tokens(rows: list[Mapping[str, Any]], now: datetime, leave_out: int) -> Table:
    """Without the last of the minor columns; ids are whole, since they are typed again."""
    minor = _MINOR[: len(_MINOR) - leave_out]
    table = _table("Id", "Person", "Label", "Ends", *minor, whole=3)
    for row in rows:
        places = [*([row["origin"]] if row["origin"] else []), *row["networks"]]
        cells: dict[str, RenderableType] = {
            "Apps": ", ".join(row["apps"]) or "all",
            "Last used": _ago(row["last_used"], now),
            "From": ", ".join(places) or "anywhere",
            "Uses": ", ".join(row["uses"]) or "all",
        }
        ends = _end(row["until"], now)
        table.add_row(
            row["id"], row["person"], row["label"], ends, *(cells[name] for name in minor)
        )
    return table


def once(secret: str, what: str) -> RenderableType:
    """Something that is shown this one time, alone on its line for copying."""
    return Text.assemble((f"{what}\n", "dim"), secret)


def note(sentence: str) -> RenderableType:
    """Something to bear in mind."""
    return Text(sentence, style="yellow")


def show(renderable: RenderableType) -> None:
    Console(highlight=False).print(renderable, soft_wrap=True)


def complain(sentence: str) -> None:
    """Beside what is shown, where a program that reads it is not disturbed."""
    Console(stderr=True, highlight=False).print(note(sentence), soft_wrap=True)


def done(sentence: str) -> None:
    show(Text.assemble(("✓ ", "green"), sentence))


def _table(*headings: str, whole: int = 1) -> Table:
    """The first `whole` columns are never cut."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, heading in enumerate(headings):
        style = "bold" if number == 0 else ""
        table.add_column(heading, style=style, no_wrap=number < whole, overflow="fold")
    return table


def _end(until: float | None, now: datetime) -> Text:
    if until is None:
        return Text("never")
    end = datetime.fromtimestamp(until, UTC)
    return Text("has ended", "yellow") if end <= now else Text(f"in {span(end - now)}")


def _ago(moment: float | None, now: datetime) -> Text:
    if moment is None:
        return Text("never")
    return Text(ago(now - datetime.fromtimestamp(moment, UTC)))
