"""Frames on their way out, and the streams that wait while the connection is full."""

from appliance.relay.wire.yamux.stream import Stream


class Outgoing:
    """Frames collected until `take`. Payload may be held back, all other frames go on."""

    __slots__ = ("_frames", "_waiting", "held")

    def __init__(self) -> None:
        self.held = False
        """Whether `send` only queues."""
        self._frames: list[bytes | memoryview] = []
        self._waiting: dict[int, Stream] = {}

    def add(self, frame: bytes) -> None:
        self._frames.append(frame)

    def take(self) -> bytes:
        """All frames since the last call, for one write."""
        frames, self._frames = self._frames, []
        return b"".join(frames)

    def send(self, stream: Stream, data: bytes | memoryview) -> None:
        """`data` is kept, not copied, until `take`."""
        if self.held:
            stream.queue(data)
            self._waiting[stream.number] = stream
        else:
            stream.send(data, self._frames)

    def flush(self, stream: Stream) -> bool:
        """Send what waits, as far as the peer's window and the connection allow.

        Whether none waits any more.
        """
        if self.held:
            self._waiting[stream.number] = stream
        else:
            stream.flush(self._frames)
        return not stream.queued

    def release(self, amount: int) -> list[Stream]:
        """Send about `amount` bytes of what waits; the streams of which none waits any more.

        The hold ends once that is so of all.
        """
        emptied = []
        waiting = self._waiting
        while waiting and amount > 0:
            stream = waiting.pop(next(iter(waiting)))
            before = stream.queued
            stream.flush(self._frames)
            amount -= before - stream.queued
            if not stream.queued:
                emptied.append(stream)
        self.held = bool(waiting)
        return emptied

    def forget(self, number: int) -> None:
        self._waiting.pop(number, None)

    def clear(self) -> None:
        """Nothing waits any more."""
        self._waiting.clear()
