"""What is wrong, and what the doctor finds when he is asked."""

from datetime import UTC, datetime
from typing import Any

from fastapi.responses import Response

from appliance.amounts import span
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.concerns import concerns
from appliance.web.dashboard.places import HEALTH

_PATIENCE = 4.0
"""Seconds that a form waits for what it asked for."""
_ORDER = {"bad": 0, "unknown": 1, "good": 2}


async def health(caller: Caller) -> dict[str, Any]:
    doctor = caller.machine.doctor
    found = doctor.findings
    seen = sorted(found.seen, key=lambda one: _ORDER[one.state]) if found else ()
    return {
        "concerns": concerns(caller.now),
        "looking": doctor.looking,
        "looked": span(datetime.now(UTC) - found.at) if found else "",
        "seen": seen,
        "public": caller.config.public,
        "refresh": 3 if doctor.looking else None,
    }


async def look(caller: Caller) -> Response:
    await caller.machine.doctor.look(_PATIENCE)
    caller.audit("doctor.asked")
    return caller.visit.go(HEALTH)
