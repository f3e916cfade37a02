"""`appliance tokens`: how programs show whose they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from appliance.auth.tokens.token import Use
from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.commands import COMMAND
from appliance.config.units import parse_duration

command = typer.Typer(
    help="Show, make and revoke tokens for programs.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command.callback()
def tokens(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show all tokens; never their secrets, which are kept nowhere."""
    if context.invoked_subcommand is None:
        list_tokens("", file, as_json)


@command.command("list")
def list_tokens(
    person: Annotated[str, typer.Argument(help="Whose; absent: everybody's.")] = "",
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show the tokens of one person or of all."""
    with sockets.control(file) as client:
        found = sockets.answer(client.get("/tokens", params={"person": person}))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        people.show(people.tokens_table(found, datetime.now(UTC)))


@command.command()
def create(  # noqa: PLR0913, PLR0917 - each is an option
    person: Annotated[str, typer.Argument(help="Whose token it is.")],
    label: Annotated[str, typer.Argument(help="What it is for, to recognise it later.")],
    apps: Annotated[
        list[str] | None, typer.Option("--app", help="An app it is good for; absent: all.")
    ] = None,
    uses: Annotated[
        list[Use] | None,
        typer.Option("--only", help="Only calls, uploads or the appliance's API; may be repeated."),
    ] = None,
    networks: Annotated[
        list[str] | None,
        typer.Option("--from", help="A network it may be used from, such as 192.0.2.0/24."),
    ] = None,
    expires: Annotated[str, typer.Option(help="When it ends: 90d, 12h; `never`.")] = "90d",
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    body = {
        "person": person,
        "label": label,
        "apps": apps or [],
        "uses": [use.value for use in uses or []],
        "networks": networks or [],
        "life": _seconds(expires),
    }
    made = _made(file, body, as_json=as_json)
    if made is not None:
        people.show(people.once(made["secret"], "Keep it now, it is not shown again:"))


@command.command()
def embed(  # noqa: PLR0913, PLR0917 - each is an option
    person: Annotated[str, typer.Argument(help="As whom the site's visitors use the app.")],
    app: Annotated[str, typer.Argument(help="The app.")],
    origin: Annotated[str, typer.Argument(help="The site, such as https://blog.example.org.")],
    uses: Annotated[
        list[Use] | None,
        typer.Option("--only", help="Only calls, or only uploads; both may be given."),
    ] = None,
    expires: Annotated[str, typer.Option(help="When it ends: 90d, 12h; `never`.")] = "90d",
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Make a token that shows one app on one site, and print what to put into the site's pages."""
    body = {
        "person": person,
        "label": f"{app} on {origin.partition('://')[2]}"[:64],
        "apps": [app],
        "uses": [use.value for use in uses or []],
        "life": _seconds(expires),
        "origin": origin,
    }
    made = _made(file, body, as_json=as_json)
    if made is None:
        return
    for kind, text in made["snippets"].items():
        people.show(people.once(f"{text}\n", f"As a {kind}:"))
    ends = "" if expires == "never" else f", for {expires}"
    people.show(people.note(f"Whoever opens the page uses {app} as {person}{ends}."))


@command.command()
def revoke(
    token: Annotated[str, typer.Argument(help=f"Its id, from `{COMMAND} tokens`.")],
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """End a token, and the sessions that were made with it, at once."""
    with sockets.control(file) as client:
        gone = sockets.answer(client.delete(f"/tokens/{quote(token, safe='')}"))
    people.done(f"The token {gone['label']!r} of {gone['person']} is revoked.")


def _made(file: Path, body: dict[str, Any], *, as_json: bool) -> dict[str, Any] | None:
    """A new token; None if it was printed for a program."""
    with sockets.control(file) as client:
        made: dict[str, Any] = sockets.answer(client.post("/tokens", json=body))
    if not as_json:
        return made
    typer.echo(json.dumps(made, indent=2))
    return None


def _seconds(expires: str) -> float | None:
    if expires == "never":
        return None
    try:
        return parse_duration(expires).total_seconds()
    except ValueError as error:
        raise CliError(f"--expires {expires!r}: {error}.", "Or write `never`.") from None
