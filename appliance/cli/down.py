"""`appliance down`: stop what `appliance up` started."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.cli import _background as background
from appliance.cli._sockets import DEFAULT_FILE, places_of

File = Annotated[Path, typer.Argument(envvar="APPLIANCE_FILE", help="The YAML of the appliance.")]


def command(file: File = DEFAULT_FILE) -> None:
    """Stop the appliance that `up` started; releases and app files stay."""
    console = Console(highlight=False)
    with console.status("stopping"):
        stopped = background.stop(places_of(file))
    if stopped:
        console.print("[green]✓[/] Stopped. Releases and app files stay where they are.")
    else:
        console.print("The appliance does not run.")
