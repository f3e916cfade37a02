"""Visits by the API."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from appliance.visits.api import LONGEST
from appliance.visits.export import document
from appliance.visits.model import Kind
from appliance.web.api.callers import Asking
from appliance.web.api.documents import VisitsOfDay
from appliance.web.api.problems import ProblemError, responses

Days = Annotated[int, Query(ge=1, le=LONGEST, description="How many, today included.")]
Name = Annotated[str | None, Query(max_length=253, description="Of an app or a share.")]

visits_router = APIRouter(tags=["Visits"], responses=responses(400, 401, 403, 404, 422, 429))


@visits_router.get("/visits", summary="Visits to apps and links, by day")
async def visits(
    caller: Asking, days: Days = 30, kind: Kind | None = None, name: Name = None
) -> list[VisitsOfDay]:
    """The oldest first. With a token for some apps: `kind=app` and the `name` of one of these."""
    app = name if kind == "app" and name else ""
    caller.must_administer(app)
    if caller.apps:
        caller.must_see(app)
    counting = caller.machine.visits
    if counting is None:
        raise ProblemError(404, "Nothing is counted here.")
    await counting.collect()
    since = counting.hour // 24 - days + 1
    found = await asyncio.to_thread(counting.storage.days, since, kind, name)
    return [VisitsOfDay.model_validate(document(day)) for day in found]
