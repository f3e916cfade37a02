"""Where visits are kept: hours for a week, days for as long as the YAML says.

Every method may raise `sqlalchemy.exc.SQLAlchemyError` and is called from a thread.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, RowMapping

from appliance.apps.server.counting import estimate
from appliance.visits.model import Kind, Report
from appliance.visits.tables import DAYS, HOURS, SALTS, VISITORS
from appliance.visits.totals import Totals, total

HOURS_KEPT = 7 * 24
GRACE = 1
"""Hours after midnight in which those who count may still tell of yesterday."""
_NUMBERS = tuple(Totals.__dataclass_fields__)
_AT_ONCE = 400
_NEVER = 80_000_000

Subject = tuple[Kind, str]
"""What is visited: an app or a share, by name."""


@dataclass(frozen=True)
class Day:
    """One app or share on one day."""

    day: int
    """Since 1970, UTC."""
    kind: Kind
    name: str
    visitors: int
    totals: Totals


class Storage:
    """The control process is the only one that writes; it does so from one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def salts(self, today: int) -> dict[int, bytes]:
        """Of today and tomorrow; made when they are first asked for."""
        with self._engine.begin() as connection:
            found = {row.day: row.salt for row in connection.execute(sa.select(SALTS))}
            for day in (today, today + 1):
                if day not in found:
                    found[day] = secrets.token_bytes(32)
                    connection.execute(SALTS.insert().values(day=day, salt=found[day]))
        return {day: found[day] for day in (today, today + 1)}

    def oldest(self) -> int:
        """The first day that is not closed; `salts` was called before."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.min(SALTS.c.day))).scalar_one())

    def write(self, kind: Kind, reports: Iterable[Report]) -> None:
        """Take what was told in place of what the same process told of the same hour before."""
        hours: list[dict[str, Any]] = []
        visitors: list[dict[str, Any]] = []
        for report in reports:
            key = {"kind": kind, "name": report.name}
            for hour in report.told.hours:
                row = hour.model_dump(mode="json")
                hours.append({**key, "source": report.told.source, **row})
            visitors += [{**key, "day": day, "bits": b} for day, b in report.told.visitors.items()]
        with self._engine.begin() as connection:
            _replace(connection, HOURS, hours)
            known = _bits(connection, {row["day"] for row in visitors})
            merged: dict[tuple[Any, ...], dict[str, Any]] = {}
            for row in visitors:
                place = (row["day"], kind, row["name"])
                former = merged[place]["bits"] if place in merged else known.get(place, b"")
                merged[place] = {**row, "bits": united(former, row["bits"])}
            _replace(connection, VISITORS, list(merged.values()))

    def roll_up(self, hour: int, keep: int) -> bool:
        """Close the days that are over and forget what is too old, `keep` in days.

        Whether there was a day to close. With it go its salt and the bits of its visitors.
        """
        today = (hour - GRACE) // 24
        with self._engine.begin() as connection:
            ended = sa.select(SALTS.c.day).where(SALTS.c.day < today)
            counted = sa.select(VISITORS.c.day).where(VISITORS.c.day < today)
            days = sorted(set(connection.scalars(ended.union(counted))))
            for day in days:
                _close(connection, day)
            connection.execute(SALTS.delete().where(SALTS.c.day < today))
            connection.execute(VISITORS.delete().where(VISITORS.c.day < today))
            kept = min(HOURS_KEPT, keep * 24)
            connection.execute(HOURS.delete().where(HOURS.c.hour < hour - kept))
            connection.execute(DAYS.delete().where(DAYS.c.day < hour // 24 - keep))
        if days and self._engine.dialect.name == "sqlite":
            # The log beside the file remembers what was deleted from it.
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(days)

    def requests(self, since: int) -> dict[Subject, dict[int, int]]:
        """Requests by hour of all that were visited from the hour `since` on."""
        columns = (HOURS.c.kind, HOURS.c.name, HOURS.c.hour)
        query = (
            sa.select(*columns, sa.func.sum(HOURS.c.requests).label("requests"))
            .where(HOURS.c.hour >= since)
            .group_by(*columns)
        )
        found: defaultdict[Subject, dict[int, int]] = defaultdict(dict)
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                found[row.kind, row.name][row.hour] = int(row.requests)
        return dict(found)

    def hours(self, subject: Subject, since: int) -> dict[int, Totals]:
        """Numbers by hour; hours without a visit are missing."""
        with self._engine.connect() as connection:
            return _hours(connection, subject, since)

    def days(
        self, since: int, kind: Kind | None = None, name: str | None = None
    ) -> tuple[Day, ...]:
        """By day from `since` on, the days that are not closed too; the oldest first."""
        with self._engine.connect() as connection:
            query = sa.select(DAYS).where(DAYS.c.day >= since)
            rows = connection.execute(_about(query, DAYS, kind, name)).mappings()
            closed = [
                Day(row["day"], row["kind"], row["name"], row["visitors"], _totals(row))
                for row in rows
            ]
            last = connection.scalar(sa.select(sa.func.max(DAYS.c.day)))
            start = since if last is None else max(since, last + 1)
            open_ones = _open_days(connection, range(start, _NEVER), kind, name)
        return tuple(sorted([*closed, *open_ones], key=lambda day: (day.day, day.kind, day.name)))


def united(bits: bytes, others: bytes) -> bytes:
    """Visitors of both; the first may be empty."""
    if not bits:
        return others
    joined = int.from_bytes(bits, "big") | int.from_bytes(others, "big")
    return joined.to_bytes(len(others), "big")


def visitors_of(bits: bytes) -> int:
    return estimate(int.from_bytes(bits, "big").bit_count())


def _close(connection: Connection, day: int) -> None:
    """A day that was closed before, by a clock that went back, is made anew from what is there."""
    rows = _open_days(connection, range(day, day + 1))
    values = [
        {"day": day, "kind": row.kind, "name": row.name, "visitors": row.visitors}
        | asdict(row.totals)
        for row in rows
    ]
    _replace(connection, DAYS, values)


def _open_days(
    connection: Connection, days: range, kind: Kind | None = None, name: str | None = None
) -> list[Day]:
    query = sa.select(HOURS).where(HOURS.c.hour >= days.start * 24, HOURS.c.hour < days.stop * 24)
    parts: defaultdict[tuple[int, Kind, str], list[Totals]] = defaultdict(list)
    for row in connection.execute(_about(query, HOURS, kind, name)).mappings():
        parts[row["hour"] // 24, row["kind"], row["name"]].append(_totals(row))
    bits = _bits(connection, {day for day, _, _ in parts})
    return [
        Day(*place, visitors_of(bits.get(place, b"")), total(found))
        for place, found in parts.items()
    ]


def _hours(connection: Connection, subject: Subject, since: int) -> dict[int, Totals]:
    query = sa.select(HOURS).where(HOURS.c.hour >= since)
    parts: defaultdict[int, list[Totals]] = defaultdict(list)
    for row in connection.execute(_about(query, HOURS, *subject)).mappings():
        parts[row["hour"]].append(_totals(row))
    return {hour: total(found) for hour, found in parts.items()}


def _about(
    query: sa.Select[Any], table: sa.Table, kind: Kind | None, name: str | None
) -> sa.Select[Any]:
    if kind is not None:
        query = query.where(table.c.kind == kind)
    return query if name is None else query.where(table.c.name == name)


def _bits(connection: Connection, days: Iterable[int]) -> dict[tuple[int, Kind, str], bytes]:
    query = sa.select(VISITORS).where(VISITORS.c.day.in_(sorted(days)))
    return {(row.day, row.kind, row.name): row.bits for row in connection.execute(query)}


def _totals(row: RowMapping) -> Totals:
    found: Mapping[str, Any] = {name: row[name] for name in _NUMBERS}
    return Totals(
        **{**found, "latencies": tuple(row["latencies"]), "durations": tuple(row["durations"])}
    )


def _replace(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """By primary key; the same on every database."""
    keys = list(table.primary_key)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        places = [tuple(row[key.name] for key in keys) for row in some]
        connection.execute(table.delete().where(sa.tuple_(*keys).in_(places)))
        connection.execute(table.insert(), [dict(row) for row in some])
