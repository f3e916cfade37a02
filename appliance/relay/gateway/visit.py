"""One request of a visitor to a share, in all numbers that are kept of it."""

import time

from appliance.apps.server import counting
from appliance.apps.server.counting import Counting, Hour
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.share import Share


class Visit:
    """Plain additions: the share's own, the gateway's, and the hour's while visits are counted."""

    __slots__ = ("_began", "_hour", "_joint_limits", "_stats", "_status", "_traffic", "_what")

    def __init__(
        self, told: Counting, stats: GatewayStats, share: Share, request: Request, address: bytes
    ) -> None:
        self._stats, self._traffic = stats, share.traffic
        self._began = time.perf_counter()
        self._status = 0
        self._hour: Hour | None = None
        self._what = counting.NOTHING
        self._traffic.requests += 1
        self._traffic.open += 1
        self._joint_limits = share.joint_limits
        for limit in self._joint_limits:
            limit.open += 1
        if told.salts is not None and not share.elsewhere:
            self._what = counting.meaning(request.method.decode("ascii", "replace"), request.path)
            self._hour = share.visits.came(told.salts, address, request.agent, self._what)
            if request.referer:
                self._look_where_from(self._hour, request)

    def received(self, size: int) -> None:
        self._traffic.received += size
        self._stats.received += size
        if self._hour is not None:
            self._hour.received += size

    def sent(self, size: int) -> None:
        self._traffic.sent += size
        self._stats.sent += size
        if self._hour is not None:
            self._hour.sent += size

    def answered(self, status: int) -> None:
        """The app's answer has begun."""
        self._status = status
        if self._hour is not None:
            counting.answered(self._hour, status, time.perf_counter() - self._began)

    def complete(self) -> None:
        """The app's answer has come to its end."""
        awaited = self._what in (counting.AWAITED, counting.CALLED) and self._status < 400
        if awaited and self._hour is not None:
            self._hour.durations[counting.bucket(time.perf_counter() - self._began)] += 1

    def failed(self) -> None:
        """The relay answers in place of the app."""
        self._traffic.errors += 1
        if self._hour is not None:
            self._hour.failed += 1

    def over(self) -> None:
        self._traffic.open -= 1
        for limit in self._joint_limits:
            limit.open -= 1

    def _look_where_from(self, hour: Hour, request: Request) -> None:
        if self._what or not (request.html or request.path.endswith("/config")):
            return
        host = counting.referrer(request.referer, request.host)
        if host is not None:
            counting.came_from(hour, host)
