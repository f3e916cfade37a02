"""`appliance control`: the control process, started by Compose and `appliance up`."""

import asyncio

import uvloop

from appliance.auth.databases import AnotherDatabaseError, UnusableDatabaseError
from appliance.cli import _started as started
from appliance.cli._errors import CliError
from appliance.commands import COMMAND
from appliance.composition.serve import serve
from appliance.config.secrets import SecretError
from appliance.control.settings import from_environment
from appliance.logging import configure


def command() -> None:
    """Watch the YAML, route visitors, show the pages. All settings come from APPLIANCE_*."""
    configure()
    settings = started.settings(from_environment)
    # Every request to an app is asked about on this loop.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(serve(settings))
        except SecretError as error:
            raise CliError(f"{error}.", f"Put there: {error.remedy}.") from None
        except UnusableDatabaseError as error:
            raise CliError(str(error), "Mend it, or what the YAML says of it.") from None
        except AnotherDatabaseError as error:
            raise CliError(
                str(error),
                f"`{COMMAND} database copy` brings them along, `{COMMAND} database "
                "switch` goes on without them; or take back what was changed of `auth.database`.",
            ) from None
