"""What whoever reads our words has to type, where they appear."""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).parent.parent / "scripts"


def _known() -> str:
    """In a container the image says it; a checkout has it beside the package."""
    beside = "scripts/appliance" if (_CHECKOUT / "appliance").is_file() else "appliance"
    return os.environ.get("APPLIANCE_COMMAND") or beside


COMMAND = _known()
"""The command whose verbs `appliance.cli` has."""
_FOLDER = COMMAND.removesuffix("appliance")
UP, DOWN = (f"{_FOLDER}{verb}" if _FOLDER else f"{COMMAND} {verb}" for verb in ("up", "down"))
"""How the appliance is started, also once more, and stopped."""
