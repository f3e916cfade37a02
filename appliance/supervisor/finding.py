"""Which appliance runs for a YAML, when the YAML itself no longer tells."""

from contextlib import suppress
from pathlib import Path

import psutil

from appliance.supervisor import lock
from appliance.supervisor.places import Places, places


def running_for(file: Path) -> Places | None:
    """The places of the one that runs for this file, whatever is written there by now.

    Its processes were told where they keep things. Only one's own can be asked.
    """
    wanted = str(file.absolute())
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            told = process.environ()
            if told.get("APPLIANCE_FILE") != wanted or "APPLIANCE_DATA" not in told:
                continue
            found = places(file, told["APPLIANCE_DATA"])
            if lock.running(found.lock):
                return found
    return None
