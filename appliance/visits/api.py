"""What the command line asks about visits, on `control.sock`."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from appliance.visits.export import document
from appliance.visits.keeping import Visits
from appliance.visits.model import Kind

LONGEST = 3650
"""Days."""


def visits_verbs(visits: Visits) -> APIRouter:
    router = APIRouter()

    @router.get("/visits")
    async def days(
        days: Annotated[int, Query(ge=1, le=LONGEST)] = 30,
        kind: Kind | None = None,
        name: Annotated[str | None, Query(max_length=253)] = None,
    ) -> dict[str, Any]:
        """By day, the oldest first; with what was counted up to now."""
        await visits.collect()
        since = visits.hour // 24 - days + 1
        found = await asyncio.to_thread(visits.storage.days, since, kind, name)
        return {"counted": visits.counted, "days": [document(day) for day in found]}

    return router
