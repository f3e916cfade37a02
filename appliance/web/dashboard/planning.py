"""What a change of the YAML would do. Nothing is written: the file is its owner's."""

from typing import Any

import anyio.to_thread
from fastapi.responses import Response

from appliance.config.findings import ConfigError, Finding
from appliance.config.planning import Action, Plan
from appliance.control.api import planned
from appliance.web.dashboard import showing
from appliance.web.dashboard.caller import Caller

SIGNS = {Action.ADD: "+", Action.REMOVE: "-", Action.RESTART: "!"}


async def form(caller: Caller) -> dict[str, Any]:
    return _values(caller)


async def preview(caller: Caller) -> Response:
    """A page, for nothing was changed that would have to be looked at anew."""
    # Browsers send lines as the web has them; a YAML's positions count those of the file.
    text = caller.visit.field("yaml").replace("\r\n", "\n")
    try:
        found = await anyio.to_thread.run_sync(planned, caller.now, text)
    except ConfigError as error:
        values = _values(caller, text, refused=error.findings)
        return showing.page(caller, "plan", values, status=422)
    return showing.page(caller, "plan", _values(caller, text, found))


def _values(
    caller: Caller,
    text: str = "",
    plan: Plan | None = None,
    refused: tuple[Finding, ...] = (),
) -> dict[str, Any]:
    steps = [(SIGNS.get(step.action, "~"), step.text) for step in plan.steps] if plan else []
    return {
        "yaml": text,
        "planned": plan is not None,
        "steps": steps,
        "refused": refused,
        "config": caller.now.status.config,
    }
