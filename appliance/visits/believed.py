"""What is believed of what is told. Apps' own code may have a hand in it."""

from collections.abc import Iterable

from appliance.visits.model import Kind, Report

SOURCES = 256
"""Processes that count one app or share on one day, one after the other or at once."""


class Believed:
    """Of so few processes that what they tell fills neither memory nor disk, and of open days.

    Who counts tells its last hours again and again, also those of long ago.
    """

    def __init__(self) -> None:
        self._day = -1
        self._sources: dict[tuple[Kind, str], set[str]] = {}

    def of(
        self, kind: Kind, reports: Iterable[Report], hour: int, first: int
    ) -> tuple[Report, ...]:
        """`hour` goes on, `first` is the oldest day that is not closed; both since 1970."""
        if hour // 24 != self._day:
            self._day = hour // 24
            self._sources = {}
        return tuple(
            _within(report, first, hour + 1) for report in reports if self._is_known(kind, report)
        )

    def _is_known(self, kind: Kind, report: Report) -> bool:
        known = self._sources.setdefault((kind, report.name), set())
        if len(known) < SOURCES:
            known.add(report.told.source)
        return report.told.source in known


def _within(report: Report, first: int, last: int) -> Report:
    """From a day to an hour, inclusive."""
    told = report.told
    hours = tuple(one for one in told.hours if first * 24 <= one.hour <= last)
    days = {day: bits for day, bits in told.visitors.items() if first <= day <= last // 24}
    kept = told.model_copy(update={"hours": hours, "visitors": days})
    return report.model_copy(update={"told": kept})
