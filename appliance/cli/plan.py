"""`appliance plan`: what the YAML would change in the appliance that runs."""

import json

import typer
from rich.console import Console
from rich.text import Text

from appliance.cli import _findings as shown
from appliance.cli._addresses import in_force, status
from appliance.cli._errors import FAILED, NotRunningError
from appliance.cli._sockets import DEFAULT_FILE, AsJson
from appliance.config.findings import ConfigError
from appliance.config.loading import load
from appliance.config.planning import Action, Plan, plan

_SIGNS = {Action.ADD: ("+", "green"), Action.REMOVE: ("-", "red"), Action.RESTART: ("!", "yellow")}


def command(file: shown.File = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Print what would change, app by app. Nothing is applied."""
    try:
        new = load(file).config
    except ConfigError as error:
        _refuse(error, as_json=as_json)
        raise typer.Exit(FAILED) from None
    try:
        old = in_force(status(file))
    except NotRunningError:
        old = None
    steps = plan(old, new)
    if as_json:
        typer.echo(json.dumps({"running": old is not None, "steps": steps.as_json()}, indent=2))
    else:
        _print(steps, running=old is not None)


def _refuse(error: ConfigError, *, as_json: bool) -> None:
    if as_json:
        findings = shown.as_json(error.findings)
        typer.echo(json.dumps({"ok": False, "findings": findings}, indent=2))
        return
    console = Console(highlight=False)
    shown.show(error.findings, error.text, console)
    console.print("[red]✗[/] Refused: it would change nothing.", soft_wrap=True)


def _print(steps: Plan, *, running: bool) -> None:
    console = Console(highlight=False)
    if not running:
        console.print("The appliance does not run; a start would do this:", soft_wrap=True)
    if not steps:
        console.print("Nothing changes.")
    for step in steps.steps:
        sign, colour = _SIGNS.get(step.action, ("~", "cyan"))
        console.print(Text(f"{sign} ", colour), Text(step.text), sep="", soft_wrap=True)
