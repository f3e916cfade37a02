"""One connection to the relay: the socket around yamux, the dialogue and the pipes."""

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import cast

from appliance.relay.client.app import App
from appliance.relay.client.dialogue import Dialogue, Dismissed, Online, Refused, Wanted
from appliance.relay.client.offer import Offer
from appliance.relay.client.pipe import Pipe
from appliance.relay.wire.errors import WireError
from appliance.relay.wire.framing import MessageReader, encode
from appliance.relay.wire.messages import NewWorkConn, StartWorkConn
from appliance.relay.wire.yamux import (
    Closed,
    Data,
    Drained,
    Ended,
    Event,
    Reset,
    Role,
    Session,
)

ONLINE_TIMEOUT = 20.0
"""Seconds from the connection to the public URL."""
_LAST_WORD = 0.5
"""Seconds that a relay has after a refusal to say that it is for good."""
_STALLED = 1 << 20
"""Bytes that may wait in the socket before apps are told to pause."""


class How(Enum):
    """What an ending means for the next try."""

    LOST = "lost"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    """Asking again is of no use."""
    STRANGE = "strange"
    """Whoever answered speaks no frp."""


@dataclass(frozen=True, slots=True)
class Ending:
    how: How
    text: str = ""


class Connection(asyncio.Protocol):
    """`online` is the public URL; `ended` comes in any case, and nothing is open after it."""

    def __init__(self, offer: Offer, run_id: str, app: App) -> None:
        self._loop = asyncio.get_running_loop()
        self.online: asyncio.Future[str] = self._loop.create_future()
        self.ended: asyncio.Future[Ending] = self._loop.create_future()
        self._app = app
        self._compression = offer.compression
        self._dialogue = Dialogue(offer, run_id, int(time.time()))
        self._session = Session(Role.CLIENT, self._loop.time())
        self._control = self._session.open()
        self._wanted = 0
        self._waiting: dict[int, MessageReader] = {}
        self._pipes: dict[int, Pipe] = {}
        self._paused: set[int] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._refusal = ""
        self._stalled = False
        self._flushing = False

    @property
    def run_id(self) -> str:
        return self._dialogue.run_id

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_STALLED)
        self._timer = self._loop.call_soon(self._tick)
        self._limit = self._loop.call_later(ONLINE_TIMEOUT, self._too_late)
        self._speak()

    def data_received(self, data: bytes) -> None:
        events = self._session.receive_data(data, self._loop.time())
        try:
            for event in events:
                self._act(event)
        except WireError as error:
            self._end(Ending(How.STRANGE, str(error)))
        while self._wanted and self._session.can_open:
            self._open()
        self._flush_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        why = getattr(exc, "strerror", None) or exc or "the relay closed the connection"
        self._end(Ending(How.LOST, str(why)))

    def pause_writing(self) -> None:
        self._stalled = True

    def resume_writing(self) -> None:
        self._stalled = False
        paused, self._paused = self._paused, set()
        for stream in paused:
            if pipe := self._pipes.get(stream):
                pipe.resume()

    def close(self) -> None:
        """Leave; the relay needs no goodbye."""
        self._end(Ending(How.LOST, "closed"))

    def send(self, stream: int, data: bytes) -> bool:
        queued = self._session.send(stream, data)
        self._flush_soon()
        if self._stalled and not queued:
            self._paused.add(stream)
        return not (queued or self._stalled)

    def consumed(self, stream: int, amount: int) -> None:
        self._session.consumed(stream, amount)
        self._flush_soon()

    def done(self, stream: int) -> None:
        self._pipes.pop(stream, None)
        self._session.close(stream)
        self._flush_soon()

    def _act(self, event: Event) -> None:
        match event:
            case Data(stream, data):
                if pipe := self._pipes.get(stream):
                    pipe.receive(data)
                elif stream == self._control:
                    self._session.consumed(stream, len(data))
                    self._hear(data)
                elif stream in self._waiting:
                    self._start(stream, data)
            case Drained(stream):
                if self._stalled:
                    self._paused.add(stream)
                elif pipe := self._pipes.get(stream):
                    pipe.resume()
            case Closed(stream) | Reset(stream):
                self._closed(stream)
            case Ended(_, reason):
                self._end(Ending(How.LOST if self.online.done() else How.STRANGE, reason))
            case _:
                pass  # the relay opens no streams, and one that goes away closes soon

    def _closed(self, stream: int) -> None:
        self._waiting.pop(stream, None)
        if pipe := self._pipes.pop(stream, None):
            pipe.end()
        if stream == self._control:
            self._end(Ending(How.LOST, "the relay closed the control stream"))

    def _hear(self, data: memoryview) -> None:
        for news in self._dialogue.receive_data(data):
            match news:
                case Wanted():
                    self._wanted = min(self._wanted + 1, self._session.limits.streams)
                case Online(url):
                    self._limit.cancel()
                    if not self.online.done():
                        self.online.set_result(url)
                case Refused(text):
                    # The relay may add at once that it shall not be asked again.
                    self._refusal = text
                    self._loop.call_later(_LAST_WORD, self._end, Ending(How.REFUSED, text))
                case Dismissed():
                    self._end(Ending(How.DISMISSED, self._refusal))
        self._speak()

    def _speak(self) -> None:
        self._session.send(self._control, self._dialogue.data_to_send())
        self._flush_soon()

    def _open(self) -> None:
        self._wanted -= 1
        stream = self._session.open()
        self._waiting[stream] = MessageReader()
        self._session.send(stream, encode(NewWorkConn(run_id=self.run_id)))

    def _start(self, stream: int, data: memoryview) -> None:
        reader = self._waiting[stream]
        reader.receive_data(data)
        message = reader.next_message()
        if message is None:
            self._session.consumed(stream, len(data))
            return
        del self._waiting[stream]
        first = reader.remainder()
        self._session.consumed(stream, len(data) - len(first))
        if not isinstance(message, StartWorkConn) or message.error:
            self._session.abort(stream)
            return
        self._pipes[stream] = pipe = Pipe(self, stream, compression=self._compression)
        pipe.receive(first)
        dial = self._loop.create_task(self._dial(stream, pipe))
        self._dials.add(dial)
        dial.add_done_callback(self._dials.discard)

    async def _dial(self, stream: int, pipe: Pipe) -> None:
        if not await self._app.dial(pipe):
            self._pipes.pop(stream, None)
            self._session.abort(stream)
            self._flush_soon()

    def _tick(self) -> None:
        for event in self._session.tick(self._loop.time()):
            self._act(event)
        self._flush_soon()
        if not self._session.ended:
            self._timer = self._loop.call_at(self._session.next_timeout(), self._tick)

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        data = self._session.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _too_late(self) -> None:
        text = f"no answer within {ONLINE_TIMEOUT:.0f} s"
        self._end(Ending(How.STRANGE, text))

    def _end(self, ending: Ending) -> None:
        if self.ended.done():
            return
        if self._refusal and ending.how is not How.DISMISSED:
            ending = Ending(How.REFUSED, self._refusal)
        self.ended.set_result(ending)
        self._timer.cancel()
        self._limit.cancel()
        self._session.end()
        for pipe in self._pipes.values():
            pipe.end()
        for dial in self._dials:
            dial.cancel()
        self._pipes.clear()
        self._waiting.clear()
        self._transport.abort()
