"""The state of one stream: what may be sent, what waits to be sent, what may be received."""

from appliance.relay.wire.yamux import frame
from appliance.relay.wire.yamux.window import ReceiveWindow


class Stream:
    __slots__ = ("_queue", "acknowledged", "closing", "credit", "number", "queued", "window")

    def __init__(self, number: int, window: ReceiveWindow, *, acknowledged: bool) -> None:
        self.number = number
        self.window = window
        self.acknowledged = acknowledged
        self.credit = frame.INITIAL_WINDOW
        """Bytes the peer takes now."""
        self.queued = 0
        """Bytes that wait for the peer's window."""
        self.closing = False
        """Our side is done; a FIN follows the queue."""
        self._queue: list[memoryview] = []

    def send(self, data: bytes | memoryview, out: list[bytes | memoryview]) -> None:
        """Append what the window allows to `out` as a data frame, queue the rest."""
        size = len(data)
        if not self.queued and size <= self.credit:
            self.credit -= size
            out += (frame.data(self.number, size), data)
        else:
            self._queue.append(memoryview(data))
            self.queued += size
            self.flush(out)

    def flush(self, out: list[bytes | memoryview]) -> None:
        sent = 0
        for piece in self._queue:
            size = min(len(piece), self.credit)
            if not size:
                break
            out += (frame.data(self.number, size), piece[:size])
            self.credit -= size
            self.queued -= size
            if size < len(piece):
                self._queue[sent] = piece[size:]
                break
            sent += 1
        del self._queue[:sent]
