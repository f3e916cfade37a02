"""Streams to apps between two requests."""

import asyncio
from collections import deque

from appliance.relay.upstream import Upstream, WorkStream


class Resting:
    """Started streams that wait for their next request, per client.

    Closed by us before the app does: a request sent into a dying stream may be lost.
    """

    __slots__ = ("_limit", "_loop", "_streams", "_timer")

    def __init__(self, limit: float, loop: asyncio.AbstractEventLoop) -> None:
        self._limit = limit
        self._loop = loop
        self._streams: dict[Upstream, deque[tuple[WorkStream, float]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def take(self, upstream: Upstream, youth: float) -> WorkStream | None:
        """The one that rested shortest, if no longer than `youth` seconds."""
        waiting = self._streams.get(upstream)
        if not waiting:
            return None
        now = self._loop.time()
        while waiting:
            stream, since = waiting[-1]
            if now - since > youth and not stream.ended:
                return None
            waiting.pop()
            if not stream.ended:
                return stream
        return None

    def give(self, upstream: Upstream, stream: WorkStream) -> None:
        """`stream` has served a request to its very end."""
        stream.receiver = None
        waiting = self._streams.get(upstream)
        if waiting is None:
            waiting = self._streams[upstream] = deque()
        waiting.append((stream, self._loop.time()))
        if self._timer is None:
            self._timer = self._loop.call_later(self._limit, self._sweep)

    def close(self) -> None:
        """Close all."""
        if self._timer is not None:
            self._timer.cancel()
        for waiting in self._streams.values():
            for stream, _ in waiting:
                stream.close()
        self._streams.clear()

    def _sweep(self) -> None:
        now = self._loop.time()
        oldest = now
        for upstream, waiting in list(self._streams.items()):
            # A little early rather than a timer for each.
            while waiting and (waiting[0][0].ended or now - waiting[0][1] > 0.9 * self._limit):
                waiting.popleft()[0].close()
            if waiting:
                oldest = min(oldest, waiting[0][1])
            else:
                del self._streams[upstream]
        self._timer = None
        if self._streams:
            self._timer = self._loop.call_at(oldest + self._limit, self._sweep)
