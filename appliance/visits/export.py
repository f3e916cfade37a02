"""Visits as programs and spreadsheets read them. Pure."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from appliance.apps.server.counting import CLIENTS
from appliance.visits.storage import Day

_PLAIN = ("visitors", "requests", "predictions", "refused", "failed", "received", "sent")
COLUMNS = ("day", "kind", "name", *_PLAIN, "latency", "duration", *CLIENTS)
"""Of the CSV. `latency` and `duration` are medians in seconds; clients are counted by request."""


def date_of(day: int) -> date:
    """Of a day since 1970."""
    return datetime.fromtimestamp(day * 86_400, UTC).date()


def document(day: Day) -> dict[str, Any]:
    """One app or share on one day."""
    totals = day.totals
    return {
        "day": date_of(day.day).isoformat(),
        "kind": day.kind,
        "name": day.name,
        "visitors": day.visitors,
        **{name: getattr(totals, name) for name in _PLAIN[1:]},
        "latency": _seconds(totals.latency),
        "duration": _seconds(totals.duration),
        "clients": dict(totals.clients),
        "referrers": dict(totals.referrers),
    }


def as_csv(documents: Iterable[dict[str, Any]]) -> str:
    """With a line of headings; referrers are left to the JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in documents:
        clients = [one["clients"].get(client, 0) for client in CLIENTS]
        writer.writerow([*(one[name] for name in COLUMNS[: -len(CLIENTS)]), *clients])
    return text.getvalue()


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
