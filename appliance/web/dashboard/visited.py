"""Pages and files about visits."""

import json
from typing import cast
from urllib.parse import urlencode

import anyio.to_thread
from fastapi.responses import PlainTextResponse, Response

from appliance.visits.api import LONGEST
from appliance.visits.export import as_csv, document
from appliance.visits.keeping import Visits
from appliance.visits.model import Kind
from appliance.web.account.visit import RefusedError
from appliance.web.cards import card
from appliance.web.dashboard.caller import FOR_ADMINISTRATORS, Caller
from appliance.web.dashboard.places import APP_VISITS, SHARE_VISITS, SHARES, VISITS_FILE
from appliance.web.dashboard.viewing import Values, seen_shares
from appliance.web.dashboard.visits import PERIODS, panel

_DAYS = 400
"""In a file, where no number is asked for."""


async def app(caller: Caller) -> Values:
    name = caller.app
    values = await _values(caller, "app", name, f"{APP_VISITS.format(app=name)}?")
    return {**values, "title": card(caller.now, name).title}


async def share(caller: Caller) -> Values:
    """For whoever shared it too."""
    name = await _share(caller)
    here = f"{SHARE_VISITS}?{urlencode({'name': name})}&"
    return {**await _values(caller, "share", name, here), "back": SHARES}


async def file(caller: Caller) -> Response:
    """As CSV, or as JSON with the referrers; of shares for their owners too."""
    visits, asked = _visits(caller), caller.visit.request.query_params
    kind = _kind(asked.get("kind", "app"))
    if kind == "app" and not caller.administers:
        raise RefusedError(403, *FOR_ADMINISTRATORS)
    name = _name(caller) if kind == "app" else await _share(caller)
    days = asked.get("days", "")
    wanted = min(int(days), LONGEST) if days.isdecimal() and days != "0" else _DAYS
    since = visits.hour // 24 - wanted + 1
    found = await anyio.to_thread.run_sync(visits.storage.days, since, kind, name)
    documents = [document(day) for day in found]
    if asked.get("as") == "json":
        text, media = json.dumps({"days": documents}, indent=2), "application/json"
    else:
        text, media = as_csv(documents), "text/csv; charset=utf-8"
    ending = "json" if asked.get("as") == "json" else "csv"
    plain = "".join(char for char in name if char.isascii() and (char.isalnum() or char in "-."))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="visits-{plain}.{ending}"',
        "X-Content-Type-Options": "nosniff",
    }
    return PlainTextResponse(text, headers=headers, media_type=media)


async def _values(caller: Caller, kind: Kind, name: str, here: str) -> Values:
    period = caller.visit.request.query_params.get("period", "week")
    if period not in PERIODS:
        raise RefusedError(404, "No such period", "Choose 24 hours, 7 days or 30 days.")
    return {
        "title": name,
        "here": here,
        "back": "",
        "periods": PERIODS,
        "panel": await panel(_visits(caller), kind, name, period),
        "export": f"{VISITS_FILE}?{urlencode({'kind': kind, 'name': name})}",
    }


def _visits(caller: Caller) -> Visits:
    if caller.machine.visits is None:
        raise RefusedError(404, "No visits", "Nobody counts visits here.")
    return caller.machine.visits


async def _share(caller: Caller) -> str:
    name = _name(caller)
    if caller.administers or any(one.name == name for one in await seen_shares(caller)):
        return name
    raise RefusedError(403, "Not yours", "Its visits are shown to whoever shares it.")


def _name(caller: Caller) -> str:
    name = caller.visit.request.query_params.get("name", "")[:253]
    if not name:
        raise RefusedError(404, "No such share", "The address names none.")
    return name


def _kind(said: str) -> Kind:
    if said not in ("app", "share"):
        raise RefusedError(404, "No such thing", "Visits are of apps and shares.")
    return cast("Kind", said)
