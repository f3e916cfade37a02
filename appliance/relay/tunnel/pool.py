"""Lanes that a client opened and no visitor uses yet."""

from collections.abc import Callable

from appliance.relay.tunnel.demand import Demand
from appliance.relay.tunnel.lane import Lane


class Pool:
    """All lanes of one client, whichever of its proxies they will be started for."""

    __slots__ = ("_ask", "_demand", "_limit", "_parked")

    def __init__(self, ask: Callable[[int], None], *, pool_count: int, limit: int) -> None:
        """`ask` asks the client for so many lanes; `limit` is how many may be parked."""
        self._ask = ask
        self._demand = Demand(pool_count)
        self._limit = limit
        self._parked: dict[Lane, None] = {}

    def __len__(self) -> int:
        return len(self._parked)

    def park(self, lane: Lane) -> None:
        self._demand.came()
        if len(self._parked) >= self._limit:
            lane.abort()
            return
        self._parked[lane] = None
        lane.endpoint = _Parked(self._parked, lane)

    def take(self, waiting: int) -> Lane | None:
        """The lane parked last; replaces it, and counts a visitor who found none."""
        if not self._parked:
            self._demand.missed()
            return None
        lane, _ = self._parked.popitem()
        self.need(waiting)
        return lane

    def need(self, waiting: int) -> None:
        """Ask for what `waiting` visitors and the next ones take."""
        more = self._demand.ask(len(self._parked), waiting)
        if more:
            self._ask(more)

    def late(self) -> None:
        """A visitor waited in vain: do not count on what was asked for."""
        self._demand.lost()

    def close(self) -> None:
        for lane in tuple(self._parked):
            lane.abort()
        self._parked.clear()


class _Parked:
    """The endpoint of a lane that waits for a visitor."""

    __slots__ = ("_lane", "_parked")

    def __init__(self, parked: dict[Lane, None], lane: Lane) -> None:
        self._parked = parked
        self._lane = lane

    def received(self, _data: bytes | memoryview) -> None:
        # Nothing was started on it yet, so nobody can have said this.
        self.lost()
        self._lane.abort()

    def drained(self) -> None: ...

    def lost(self) -> None:
        self._parked.pop(self._lane, None)
