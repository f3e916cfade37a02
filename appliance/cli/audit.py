"""`appliance audit`: what was done and by whom."""

import json
import time
from typing import Annotated, Any

import typer
from rich.text import Text

from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.config.units import parse_duration

_READ, _EXPORTED = 200, 99_999
"""Events at most, for people and for programs."""


def command(  # noqa: PLR0913, PLR0917 - each is an option
    since: Annotated[str, typer.Option(help="How far back: 15m, 24h, 30d.")] = "7d",
    kind: Annotated[str, typer.Option(help="Only events that begin so: `sign-in`.")] = "",
    person: Annotated[str, typer.Option(help="Only what somebody did or was done to him.")] = "",
    most: Annotated[
        int | None,
        typer.Option(
            "--most", "-n", min=1, help="The newest so many; absent: 200, with --json 100,000."
        ),
    ] = None,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one event a line.")] = False,
) -> None:
    """Show who signed in, failed to, and changed what; the oldest first."""
    try:
        seconds = parse_duration(since).total_seconds()
    except ValueError as error:
        raise CliError(f"--since {since!r}: {error}.") from None
    shown = most or (_EXPORTED if as_json else _READ)
    asked: dict[str, str | float] = {
        "since": time.time() - seconds,
        "kind": kind,
        "person": person,
        # One more than is shown: whether anything is left out.
        "most": shown + 1,
    }
    with sockets.control(file) as client:
        found = sockets.answer(client.get("/audit", params=asked))
    if len(found) > shown:
        remedy = f"There are older ones: `--most {10 * shown}` shows more, or ask for less."
        people.complain(remedy)
    for event in reversed(found[:shown]):
        if as_json:
            typer.echo(json.dumps(event))
        else:
            people.show(_line(event))
    if not found and not as_json:
        people.show(Text("Nothing happened.", style="dim"))


def _line(event: dict[str, Any]) -> Text:
    actor, subject = event.get("actor", ""), event.get("subject", "")
    who = f"{actor} → {subject}" if actor and subject and actor != subject else actor or subject
    parts = (who, event.get("app", ""), event.get("address", ""), event.get("detail", ""))
    words = " · ".join(part for part in parts if part)
    moment = event["at"][:19].replace("T", " ")
    return Text.assemble((f"{moment}  ", "dim"), (f"{event['kind']:<20} ", "bold"), words)
