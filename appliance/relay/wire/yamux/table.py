"""The live streams of one session, and what their windows draw from."""

from appliance.relay.wire.yamux.stream import Stream
from appliance.relay.wire.yamux.window import Budget, Reached, ReceiveWindow


class Table:
    """Streams by their numbers."""

    __slots__ = ("_budget", "_max_window", "_reached", "streams", "unacknowledged")

    def __init__(self, budget: Budget, max_window: int) -> None:
        self.streams: dict[int, Stream] = {}
        self.unacknowledged = 0
        """Streams of ours that the peer has not acknowledged yet."""
        self._budget = budget
        self._max_window = max_window
        self._reached = Reached()

    def add(self, number: int, *, acknowledged: bool) -> None:
        window = ReceiveWindow(self._budget, self._max_window, self._reached)
        self.streams[number] = Stream(number, window, acknowledged=acknowledged)
        self.unacknowledged += not acknowledged

    def acknowledge(self, stream: Stream) -> None:
        if not stream.acknowledged:
            stream.acknowledged = True
            self.unacknowledged -= 1

    def remove(self, number: int) -> Stream | None:
        stream = self.streams.pop(number, None)
        if stream is not None:
            stream.window.release()
            self.acknowledge(stream)
        return stream

    def clear(self) -> None:
        for stream in self.streams.values():
            stream.window.release()
        self.streams.clear()
