"""The state of one stream: what may be sent, what waits to be sent, what may be received."""

from appliance.relay.wire.yamux import frame
from appliance.relay.wire.yamux.window import ReceiveWindow


class Stream:
    __slots__ = ("_pieces", "acknowledged", "closing", "credit", "number", "queued", "window")

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
        self._pieces: list[memoryview] = []

    def send(self, data: bytes | memoryview, out: list[bytes | memoryview]) -> None:
        """Append what the window allows to `out` as a data frame, queue the rest."""
        size = len(data)
        if not self.queued and size <= self.credit:
            self.credit -= size
            out += (frame.data(self.number, size), data)
        else:
            self.queue(data)
            self.flush(out)

    def queue(self, data: bytes | memoryview) -> None:
        self._pieces.append(memoryview(data))
        self.queued += len(data)

    def flush(self, out: list[bytes | memoryview]) -> None:
        sent = 0
        for piece in self._pieces:
            size = min(len(piece), self.credit)
            if not size:
                break
            out += (frame.data(self.number, size), piece[:size])
            self.credit -= size
            self.queued -= size
            if size < len(piece):
                self._pieces[sent] = piece[size:]
                break
            sent += 1
        del self._pieces[:sent]
