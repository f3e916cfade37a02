"""Sums that only grow, for Prometheus: what was counted since this process started."""

from collections.abc import Iterable

from appliance.visits.model import HourNumbers, Kind, Report
from appliance.visits.totals import Totals, less, total

_REMEMBERED = 48
"""Hours. Of older ones no more is heard: what is told again would count again."""


class Tally:
    """By app. Shares come and go without end, so all of them are one."""

    def __init__(self) -> None:
        self.apps: dict[str, Totals] = {}
        self.shares = Totals()
        self._told: dict[tuple[str, str, int], HourNumbers] = {}

    def add(self, kind: Kind, reports: Iterable[Report], hour: int) -> None:
        """Add what is new in reports that repeat themselves; `hour` is the one that goes on."""
        for report in reports:
            for numbers in report.told.hours:
                if numbers.hour < hour - _REMEMBERED:
                    continue
                place = (report.told.source, report.name, numbers.hour)
                new = less(numbers, self._told.get(place))
                self._told[place] = numbers
                if kind == "app":
                    self.apps[report.name] = total((self.apps.get(report.name, Totals()), new))
                else:
                    self.shares = total((self.shares, new))
        old = [place for place in self._told if place[2] < hour - _REMEMBERED]
        for place in old:
            del self._told[place]

    def keep(self, apps: Iterable[str]) -> None:
        """Forget apps that are no more."""
        kept = set(apps)
        self.apps = {name: found for name, found in self.apps.items() if name in kept}
