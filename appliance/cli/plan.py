"""`appliance plan`: what the YAML would change in the appliance that runs."""

import json

import typer
from rich.console import Console
from rich.text import Text

from appliance.certs.planning import full_plan
from appliance.cli import _findings as shown
from appliance.cli._addresses import in_force, status
from appliance.cli._errors import FAILED, NotRunningError
from appliance.cli._sockets import DEFAULT_FILE, AsJson
from appliance.config.findings import ConfigError
from appliance.config.loading import load
from appliance.config.planning import Action, Plan
from appliance.control.status import Status

_SIGNS = {Action.ADD: ("+", "green"), Action.REMOVE: ("-", "red"), Action.RESTART: ("!", "yellow")}


def command(
    file: shown.File = DEFAULT_FILE, named: shown.Named = None, as_json: AsJson = False
) -> None:
    """Print what would change, app by app. Nothing is applied."""
    file = named or file
    try:
        new = load(file).config
    except ConfigError as error:
        _refuse(error, as_json=as_json)
        raise typer.Exit(FAILED) from None
    try:
        known = status(file)
    except NotRunningError:
        known = None
    old = in_force(known) if known else None
    steps = full_plan(old, new, known.certificates if known else None)
    if as_json:
        typer.echo(json.dumps({"running": known is not None, "steps": steps.as_json()}, indent=2))
    else:
        _print(steps, known)


def _refuse(error: ConfigError, *, as_json: bool) -> None:
    if as_json:
        findings = shown.as_json(error.findings)
        typer.echo(json.dumps({"ok": False, "findings": findings}, indent=2))
        return
    console = Console(highlight=False)
    shown.show(error.findings, error.text, console)
    console.print("[red]✗[/] Refused: it would change nothing.", soft_wrap=True)


def _print(steps: Plan, known: Status | None) -> None:
    console = Console(highlight=False)
    if known is None:
        console.print("The appliance does not run; a start would do this:", soft_wrap=True)
    elif not steps:
        console.print("Nothing changes: this file is in force already.")
    for step in steps.steps:
        sign, colour = _SIGNS.get(step.action, ("~", "cyan"))
        console.print(Text(f"{sign} ", colour), Text(step.text), sep="", soft_wrap=True)
    # What was saved takes effect at once, but for what only a start can do.
    waiting = [one for one in known.notices if one.code == "ports-differ"] if known else []
    for one in waiting:
        console.print(
            Text.assemble(("! ", "yellow"), one.message, (" → ", "cyan"), one.remedy),
            soft_wrap=True,
        )
