"""What was done and by whom: searched, page by page, and taken away as a file."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, TypedDict

import anyio.to_thread
from fastapi.responses import Response, StreamingResponse

from appliance.auth.audit import Event
from appliance.web.account.showing import moment
from appliance.web.account.visit import RefusedError, with_query
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.places import AUDIT
from appliance.web.dashboard.wording import page_number

PAGE = 100
EXPORTED = 100_000
"""Events in a file, the newest."""
_COLUMNS = ("at", "kind", "actor", "subject", "app", "address", "detail")


async def audit(caller: Caller) -> dict[str, Any]:
    asked = _asked(caller)
    number = page_number(caller.visit.field("page"))

    def read() -> list[Event]:
        log = caller.visit.parts.door.audit
        # One more than is shown: whether there is another page.
        return list(log.read(**asked, skip=(number - 1) * PAGE, most=PAGE + 1))

    found = await anyio.to_thread.run_sync(read)
    filters = {key: str(value) for key, value in asked.items() if value}
    return {
        "events": [(moment(event.at), event) for event in found[:PAGE]],
        "asked": asked,
        "number": number,
        "newer": with_query(AUDIT, {**filters, "page": str(number - 1)}) if number > 1 else "",
        "older": with_query(AUDIT, {**filters, "page": str(number + 1)})
        if len(found) > PAGE
        else "",
        "exports": [
            (kind.upper(), with_query(f"{AUDIT}/export/{kind}", filters))
            for kind in ("csv", "json")
        ],
    }


async def export(caller: Caller) -> Response:
    """CSV for tables, or JSON with one event a line."""
    kind = str(caller.visit.request.path_params["kind"])
    lines = {"csv": _csv, "json": _json}.get(kind)
    if lines is None:
        raise RefusedError(404, "No such file", "The audit is to be had as CSV and as JSON.")
    events = caller.visit.parts.door.audit.read(**_asked(caller), most=EXPORTED)
    caller.audit("audit.exported", detail=kind)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="audit.{kind}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(lines(events), media_type=media, headers=headers)


class _Asked(TypedDict):
    """As `Audit.read` takes them."""

    kind: str
    person: str
    words: str


def _asked(caller: Caller) -> _Asked:
    field = caller.visit.field
    return {
        "kind": field("kind")[:40].strip(),
        "person": field("person")[:64].strip(),
        "words": field("words")[:100].strip(),
    }


def _json(events: Iterator[Event]) -> Iterator[str]:
    for event in events:
        yield json.dumps(event.as_json()) + "\n"


def _csv(events: Iterator[Event]) -> Iterator[str]:
    yield ",".join(_COLUMNS) + "\r\n"
    for event in events:
        told, line = event.as_json(), io.StringIO()
        csv.writer(line).writerow([_harmless(str(told.get(key, ""))) for key in _COLUMNS])
        yield line.getvalue()


def _harmless(text: str) -> str:
    """Names are chosen by strangers; a table must not take one for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
