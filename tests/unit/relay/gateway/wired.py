"""A visitor's connection without a socket: what is written to both sides is kept."""

import asyncio
from collections.abc import Callable, Iterable

from appliance.relay.gateway.answers import Answers
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.directory import Gone
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.gateway.streams import Resting
from appliance.relay.gateway.visitor import Visitor
from appliance.relay.share import Share
from appliance.relay.upstream import AppAway, Away, Receiver

HOST = "demo.share.example.org"
GET = f"GET /page HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

POST = f"POST /do HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 4\r\n\r\nbody".encode()
CHUNKS = (
    f"PUT /do HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n5\r\ndefgh\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
).encode()


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def eventually(condition: Callable[[], object]) -> None:
    """Let the loop run until it is so."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


class Wire(asyncio.Transport):
    """The visitor's end."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__({"peername": (address, 50000)})
        self.sent = bytearray()
        self.writes: list[bytes] = []
        self.reading = True
        self.closed = self.aborted = self.half_closed = False

    def write(self, data: bytes) -> None:
        assert not self.half_closed
        self.sent += data
        self.writes.append(data)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.half_closed = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


class Stream:
    """The app's end."""

    def __init__(self) -> None:
        self.receiver: Receiver | None = None
        self.fresh = True
        self.ended = self.paused = False
        self.queued = 0
        self.got = b""

    def write(self, data: bytes) -> None:
        self.got += data

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def close(self) -> None:
        self.ended, self.receiver = True, None

    def says(self, data: bytes) -> None:
        """The app sends this."""
        assert not self.ended
        assert self.receiver is not None
        self.fresh = False
        self.receiver.stream_data(data)

    def ends(self) -> None:
        """The app closes."""
        self.ended = True
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.stream_ended()


class Streams:
    """The way to the app; `waiting` are given at once, `coming` after a while."""

    def __init__(self, waiting: int = 10, away: Away | None = None) -> None:
        self.waiting = waiting
        self.away = away
        self.given: list[Stream] = []
        self.go = asyncio.Event()

    def take(self) -> Stream | None:
        if not self.waiting:
            return None
        self.waiting -= 1
        return self._new()

    async def stream(self) -> Stream:
        if self.away is not None:
            raise AppAway(self.away)
        await self.go.wait()
        return self._new()

    def end(self, reason: str) -> None:
        raise AssertionError(reason)

    def _new(self) -> Stream:
        stream = Stream()
        self.given.append(stream)
        return stream


class Names:
    """A directory of one name."""

    def __init__(self, found: Share | Gone | None) -> None:
        self.found = found

    def find(self, host: str, path: str) -> Share | Gone | None:
        return self.found if host == HOST and path.startswith("/") else None


class Wired:
    """One connection, connected."""

    def __init__(
        self,
        *,
        streams: Streams | None = None,
        found: Gone | None = None,
        settings: GatewaySettings | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.streams = streams or Streams()
        self.share = Share("demo", (HOST,), f"https://{HOST}", "someone", upstream=self.streams)
        self.settings = settings or GatewaySettings()
        self.stats = GatewayStats()
        loop = asyncio.get_running_loop()
        self.context = Context(
            directory=Names(found or self.share),
            settings=self.settings,
            stats=self.stats,
            answers=Answers(),
            resting=Resting(self.settings.stream_rest, loop),
            loop=loop,
        )
        self.connect(address)

    def connect(self, address: str = "127.0.0.1") -> None:
        """A new connection to the same gateway."""
        self.wire = Wire(address)
        self.visitor = Visitor(self.context)
        self.visitor.connection_made(self.wire)

    def says(self, *pieces: bytes) -> None:
        """The visitor sends this, as far as someone reads."""
        for piece in pieces:
            self.visitor.data_received(piece)

    def feeds(self, pieces: Iterable[bytes]) -> None:
        self.says(*(piece for piece in pieces if piece))

    @property
    def stream(self) -> Stream:
        """The newest one."""
        return self.streams.given[-1]

    @property
    def sent(self) -> bytes:
        return bytes(self.wire.sent)

    @property
    def status(self) -> int:
        """Of the first answer."""
        return int(self.sent.split(b" ", 2)[1])
