"""The command line: one file a verb, loaded only when it is asked for.

A verb's module exports `command`: a function, or a `typer.Typer` with verbs below it.
"""

import sys
from importlib import import_module
from typing import Annotated

import typer

from appliance import __version__
from appliance.cli._errors import CliError, report
from appliance.commands import COMMAND

VERBS = (
    "up",
    "down",
    "status",
    "apps",
    "share",
    "shares",
    "visits",
    "keys",
    "check",
    "plan",
    "ports",
    "certs",
    "doctor",
    "users",
    "tokens",
    "access",
    "audit",
    "database",
)
PROCESSES = ("control", "apps-host", "relay")
"""What the appliance itself starts; people need not see them."""
EXIT_CODES = (
    "Exit codes: 0 done · 1 refused or failed, the text says why · 2 wrong usage · "
    "3 the appliance does not run · 130 interrupted"
)


def main() -> None:
    """Run the command line of this process."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    verbs = (wanted,) if wanted in (*VERBS, *PROCESSES) else (*VERBS, *PROCESSES)
    try:
        program(*verbs)(prog_name=COMMAND)
    except CliError as error:
        sys.exit(report(error))


def program(*verbs: str) -> typer.Typer:
    """The command line with these verbs: a single one starts faster than all."""
    app = typer.Typer(
        name="appliance",
        help="Run Gradio apps on your own machine, from one YAML file.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for verb in verbs:
        command = import_module(f"{__name__}.{verb.replace('-', '_')}").command
        hidden = verb in PROCESSES
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=verb, hidden=hidden)
        else:
            app.command(verb, hidden=hidden)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Gradio Appliance {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
