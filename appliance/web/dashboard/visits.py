"""What the dashboard says of visits. Pure but for `panel`, which reads the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import anyio.to_thread

from appliance.amounts import size
from appliance.visits.export import date_of
from appliance.visits.keeping import Visits
from appliance.visits.model import Kind
from appliance.visits.storage import Day
from appliance.visits.totals import Totals, total
from appliance.web.plots import Bars, Spark, bars, spark

Period = Literal["day", "week", "month"]
PERIODS: Mapping[str, str] = {"day": "24 hours", "week": "7 days", "month": "30 days"}
DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 30}
_TOP = 10


@dataclass(frozen=True)
class Plot:
    title: str
    bars: Bars


@dataclass(frozen=True)
class Panel:
    """Visits of one app or share in one period."""

    period: str
    figures: tuple[tuple[str, str], ...]
    plots: tuple[Plot, ...]
    clients: tuple[tuple[str, int], ...]
    referrers: tuple[tuple[str, int], ...]
    counted: bool
    empty: bool


def sparkline(visits: Visits | None, kind: Kind, name: str) -> Spark | None:
    """Of the last 24 hours; None where nothing is counted."""
    if visits is None or not visits.counted:
        return None
    return spark(visits.recent(kind, name), "requests in the last 24 hours")


async def panel(visits: Visits, kind: Kind, name: str, period: str) -> Panel:
    """Raises `sqlalchemy.exc.SQLAlchemyError`."""
    hour = visits.hour
    since = hour // 24 - DAYS[period] + 1

    def read() -> tuple[tuple[Day, ...], dict[int, Totals]]:
        storage = visits.storage
        hours = storage.hours((kind, name), hour - 23) if period == "day" else {}
        return storage.days(since, kind, name), hours

    days, hours = await anyio.to_thread.run_sync(read)
    if period == "day":
        return _panel(period, days, hours.values(), _by_hour(hours, hour), counted=visits.counted)
    totals = [day.totals for day in days]
    plots = _by_day(days, range(since, since + DAYS[period]))
    return _panel(period, days, totals, plots, counted=visits.counted)


def _panel(
    period: str,
    days: Iterable[Day],
    parts: Iterable[Totals],
    plots: tuple[Plot, ...],
    *,
    counted: bool,
) -> Panel:
    found, visitors = total(parts), sum(day.visitors for day in days)
    return Panel(
        period=period,
        figures=(
            ("Visitors today" if period == "day" else "Visitors, day by day", _count(visitors)),
            ("Requests", _count(found.requests)),
            ("Predictions", _count(found.predictions)),
            ("Refused", _count(found.refused)),
            ("Failed", _count(found.failed)),
            ("Answer begins after", _time(found.latency)),
            ("Prediction takes", _time(found.duration)),
            ("Traffic", size(found.received + found.sent)),
        ),
        plots=plots,
        clients=_top(found.clients),
        referrers=_top(found.referrers),
        counted=counted,
        empty=found.requests == 0,
    )


def _by_hour(hours: Mapping[int, Totals], now: int) -> tuple[Plot, ...]:
    span = range(now - 23, now + 1)
    labels = [datetime.fromtimestamp(hour * 3600, UTC).strftime("%H:%M UTC") for hour in span]
    none = Totals()
    requests = [hours.get(hour, none).requests for hour in span]
    predictions = [hours.get(hour, none).predictions for hour in span]
    return (
        Plot("Requests by hour", bars(requests, labels)),
        Plot("Predictions by hour", bars(predictions, labels)),
    )


def _by_day(days: Iterable[Day], span: range) -> tuple[Plot, ...]:
    labels = [date_of(day).strftime("%-d %b") for day in span]
    known = {day.day: day for day in days}
    visitors = [known[day].visitors if day in known else 0 for day in span]
    requests = [known[day].totals.requests if day in known else 0 for day in span]
    return (
        Plot("Visitors by day", bars(visitors, labels)),
        Plot("Requests by day", bars(requests, labels)),
    )


def _top(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    found = [(name or "others", count) for name, count in counts.items() if count]
    return tuple(sorted(found, key=lambda item: -item[1])[:_TOP])


def _count(of: int) -> str:
    return f"{of:,}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
