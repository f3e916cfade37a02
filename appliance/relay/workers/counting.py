"""What a worker counted, as it tells the relay."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from appliance.relay.share import Share, Traffic
from appliance.relay.workers.notes import Growth


class Counting:
    """Remembers what was told of each share."""

    def __init__(self) -> None:
        self._told: dict[str, Traffic] = {}
        self._visitors: dict[str, int] = {}
        self._day = 0

    def growth(self, shares: Mapping[str, Share], day: int) -> Iterator[Growth]:
        """Of those that changed since the last time; `day` is today."""
        if day != self._day:
            self._day = day
            self._visitors.clear()
        self._forget(set(self._told) - shares.keys())
        for name, share in shares.items():
            found, told = share.traffic, self._told.get(name, _NONE)
            if found == told:
                continue
            visitors = share.visits.visitors(day)
            known = self._visitors.get(name, 0)
            self._told[name] = replace(found)
            self._visitors[name] = max(visitors, known)
            yield Growth(
                name=name,
                requests=found.requests - told.requests,
                errors=found.errors - told.errors,
                received=found.received - told.received,
                sent=found.sent - told.sent,
                visitors=max(visitors - known, 0),
                open=found.open,
            )

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._told.pop(name, None)
            self._visitors.pop(name, None)


_NONE = Traffic()
