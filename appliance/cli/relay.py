"""`appliance relay`: the share relay, started by Compose and `appliance up`."""

import asyncio
import sys
from collections.abc import Coroutine

from sqlalchemy.exc import SQLAlchemyError

from appliance.cli import _started as started
from appliance.cli._errors import CliError
from appliance.logging import configure
from appliance.relay.serve import serve
from appliance.relay.settings import from_environment


def command() -> None:
    """Take share clients, bring visitors to them. All settings come from APPLIANCE_*."""
    configure()
    settings = started.settings(from_environment)
    try:
        _run(serve(settings))
    except SQLAlchemyError as error:
        reason = error.__cause__ or error
        raise CliError(
            f"{settings.database} cannot be used: {reason}",
            "Free some disk, or move the file away: shares then begin anew and keys are gone.",
        ) from None


def _run(main: Coroutine[None, None, None]) -> None:
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop  # noqa: PLC0415 - there is none for Windows

        uvloop.run(main)
