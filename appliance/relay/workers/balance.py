"""Who takes how much of what several shares may take together, when they are at several workers."""

from collections import Counter
from collections.abc import Iterable, Mapping

from appliance.relay.shares.book import Book
from appliance.relay.workers.notes import Growth

_Taken = Mapping[str, tuple[float, int]]
"""Requests per second and requests under way, by a joint limit's name."""


class Balance:
    """What each worker's visitors took in the second before it told."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._taken: dict[int, _Taken] = {}
        self._at: dict[int, float] = {}

    def told(
        self, worker: int, shares: Iterable[Growth], under_way: Mapping[str, int], now: float
    ) -> None:
        """`under_way`: requests at that worker, by the name of a share."""
        passed = max(1.0, now - self._at.get(worker, now))
        requests, connections = Counter[str](), Counter[str]()
        for growth in shares:
            for limit in self._joint_limits(growth.name):
                requests[limit] += growth.requests
        for name, count in under_way.items():
            if count:
                for limit in self._joint_limits(name):
                    connections[limit] += count
        self._at[worker] = now
        self._taken[worker] = {
            name: (requests[name] / passed, connections[name])
            for name in requests.keys() | connections.keys()
        }

    def beside(self, worker: int) -> _Taken:
        """What all others take together."""
        found: dict[str, tuple[float, int]] = {}
        for other, taken in self._taken.items():
            if other != worker:
                for name, (requests, connections) in taken.items():
                    before = found.get(name, (0.0, 0))
                    found[name] = before[0] + requests, before[1] + connections
        return found

    def gone(self, worker: int) -> None:
        self._taken.pop(worker, None)
        self._at.pop(worker, None)

    def _joint_limits(self, name: str) -> Iterable[str]:
        entry = self._book.get(name)
        return (limit.terms.name for limit in entry.share.joint_limits) if entry else ()
