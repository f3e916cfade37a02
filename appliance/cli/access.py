"""`appliance access`: what the front door would say to somebody, and why."""

import json
from typing import Annotated

import typer
from rich.text import Text

from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import FAILED

_MARKS = {"admitted": ("✓ ", "green"), "sign-in": ("? ", "yellow"), "forbidden": ("✗ ", "red")}
_WORDS = {"admitted": "may see it", "sign-in": "has to sign in", "forbidden": "may not see it"}


def command(
    person: Annotated[str, typer.Argument(help="Who; `-` for somebody who has not signed in.")],
    app: Annotated[str, typer.Argument(help="Name of the app in the YAML.")],
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Explain whether somebody may see an app. Exit code 1 if not."""
    asked = {"app": app, "person": "" if person == "-" else person}
    with sockets.control(file) as client:
        found = sockets.answer(client.get("/access", params=asked))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        who = found["person"] or "A stranger"
        mark, words = _MARKS[found["ruling"]], _WORDS[found["ruling"]]
        people.show(Text.assemble(mark, f"{who} {words}: {found['reason']}"))
    if found["ruling"] != "admitted":
        raise typer.Exit(FAILED)
