"""`appliance apps`: what runs, and the verbs for one app."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from appliance.apps.model import HostStatus
from appliance.cli import _sockets as sockets
from appliance.cli._addresses import addresses
from appliance.cli._noting import note
from appliance.cli._tables import overview
from appliance.commands import COMMAND

command = typer.Typer(
    help="Show the apps, read their logs, deploy, roll back, restart.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="Name of the app in the YAML.")]
Tail = Annotated[int, typer.Option("--tail", "-n", min=0, help="Number of lines to begin with.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on as lines appear.")]


@command.callback()
def apps(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show the apps: state, address, release, memory; and what is wrong with them."""
    if context.invoked_subcommand is None:
        list_apps(file, as_json)


@command.command("list")
def list_apps(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Show the apps (as `apps` alone does)."""
    with sockets.apps_host(file) as client:
        status = sockets.host_status(client)
    found = addresses(file)
    if as_json:
        typer.echo(json.dumps(_document(status, found), indent=2))
    else:
        Console(highlight=False).print(overview(status, found, datetime.now(UTC)))


@command.command()
def logs(
    name: Name,
    tail: Tail = 200,
    follow: Follow = False,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Print what an app wrote."""
    _stream(file, name, "logs", tail, follow=follow)


@command.command()
def build(
    name: Name,
    tail: Tail = 200,
    follow: Follow = False,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Print how the environment of an app's newest release was made."""
    _stream(file, name, "build", tail, follow=follow)


@command.command()
def deploy(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Read the source again and make a release, even if a former one failed."""
    _act(file, name, "deploy", f"{name} is being deployed.", as_json=as_json)


@command.command()
def rollback(
    name: Name,
    to: Annotated[str | None, typer.Option(help="Release to serve; absent: the former.")] = None,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Serve a former release until the source changes or `deploy`."""
    done = f"{name} is being rolled back."
    _act(file, name, "rollback", done, {"to": to}, as_json=as_json)


@command.command()
def restart(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Replace all instances of an app, one after the other."""
    _act(file, name, "restart", f"{name} is being restarted.", as_json=as_json)


def _act(  # noqa: PLR0913 - what is to be done, and how it is told
    file: Path,
    name: str,
    verb: str,
    done: str,
    body: Mapping[str, Any] | None = None,
    *,
    as_json: bool,
) -> None:
    with sockets.apps_host(file) as client:
        sockets.known_app(client, name)
        answer = sockets.answer(client.post(f"/apps/{name}/{verb}", json=body))
    note(file, f"app.{verb}", name, name, (body or {}).get("to") or "")
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        Console(highlight=False).print(
            f"[green]✓[/] {done} [dim]`{COMMAND} apps` shows how it goes.[/]"
        )


def _stream(file: Path, name: str, what: str, tail: int, *, follow: bool) -> None:
    parameters = {"tail": str(tail), "follow": "true" if follow else "false"}
    with sockets.apps_host(file) as client:
        sockets.known_app(client, name)
        quiet_for_ever = httpx.Timeout(60, read=None)
        with client.stream(
            "GET", f"/apps/{name}/{what}", params=parameters, timeout=quiet_for_ever
        ) as response:
            if response.is_error:
                response.read()
                sockets.answer(response)
            for line in response.iter_lines():
                sys.stdout.write(line + "\n")
                sys.stdout.flush()


def _document(status: HostStatus, found: Mapping[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = status.model_dump(mode="json")
    for app in document["apps"]:
        app["address"] = found.get(app["name"])
    return document
