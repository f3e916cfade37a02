"""Those who read events as they happen. Each has a place in the ring and no queue of his own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from appliance.listening import ABORT
from appliance.relay.events.ring import Ring

_QUIET = b": still here\n\n"
_log = structlog.get_logger(__name__)


class TooManyReadersError(Exception):
    """There is no place for one more."""

    def __init__(self) -> None:
        super().__init__("Too many read the relay's events already.")


@dataclass(frozen=True)
class Bounds:
    readers: int = 100
    """At once; each holds a connection."""
    patience: float = 5.0
    """Seconds in which a reader has to make room for what comes next."""
    quiet: float = 15.0
    """Seconds without an event after which a comment tells that the relay is there."""


@dataclass
class Events:
    """Use it on one event loop."""

    ring: Ring = field(default_factory=Ring)
    bounds: Bounds = Bounds()
    open: int = 0
    """Who reads now."""

    def __post_init__(self) -> None:
        self._more = asyncio.Event()
        self._closed = False

    def tell(self, event: Mapping[str, object]) -> None:
        """It happened. `event` as the ring takes it."""
        self.ring.put(event)
        self._wake()

    def close(self) -> None:
        """Who has read all that there is has come to the end."""
        self._closed = True
        self._wake()

    def answer(self, last: str | None, tail: int, *, follow: bool) -> StreamingResponse:
        """To who has the event of the id `last`, or wants so many of the newest first.

        Without `follow` it ends with the newest. Raises `TooManyReadersError`.
        """
        if self.open >= self.bounds.readers:
            raise TooManyReadersError
        return _Stream(self, self._frames(self.ring.place(last, tail), follow=follow))

    async def _frames(self, place: int | None, *, follow: bool) -> AsyncIterator[bytes]:
        if place is not None:
            yield self.ring.mark(place)
        while True:
            more = self._more
            place, frames = self.ring.after(place)
            if frames:
                yield frames
            elif self._closed or not follow:
                return
            elif not await _within(self.bounds.quiet, more):
                yield _QUIET

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()


class _SlowError(Exception):
    """A reader has left no room for what comes next."""


class _Stream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, events: Events, frames: AsyncIterator[bytes]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-store"})
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patiently(message: Message) -> None:
            try:
                async with asyncio.timeout(self._events.bounds.patience):
                    await send(message)
            except TimeoutError:
                raise _SlowError from None

        self._events.open += 1
        try:
            await super().__call__(scope, receive, patiently)
        except _SlowError:
            # It breaks off before its end, so that he knows; he may come again.
            _log.warning("relay.reader_cut_off")
            scope["extensions"][ABORT]["call"]()
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._events.open -= 1


async def _within(seconds: float, happened: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await happened.wait()
    except TimeoutError:
        return False
