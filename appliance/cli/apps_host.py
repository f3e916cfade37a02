"""`appliance apps-host`: the app host. Started by Compose and `appliance up`, not by people."""

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from appliance.apps.serve import from_environment, serve
from appliance.cli import _started as started
from appliance.cli._errors import CliError
from appliance.commands import DOWN
from appliance.logging import configure


def command(
    leave_running: Annotated[
        bool, typer.Option(help="Leave apps running at the end, for the next app host to adopt.")
    ] = False,
    builds: Annotated[int, typer.Option(min=1, help="Environments made at the same time.")] = 1,
) -> None:
    """Build, run and watch the apps. All other settings come from APPLIANCE_*."""
    configure()
    settings = started.settings(from_environment)
    settings = replace(settings, leave_running=leave_running, builds=builds)
    try:
        asyncio.run(serve(settings))
    except BlockingIOError:
        raise CliError(
            f"Another app host uses {settings.data}.", f"Stop that appliance first: {DOWN}."
        ) from None
    except ConnectionError as error:
        raise CliError(
            f"No Docker engine answers: {error}", "Start it, or set `runtime: process`."
        ) from None
