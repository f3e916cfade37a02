"""Streams of events to open pages: news of a page's live part, and lines of a log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

from fastapi.responses import StreamingResponse

from appliance.auth.failures import BusyError
from appliance.control.apphost import AppHostAway
from appliance.control.relay import RelayAway
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.caller import Caller

_MOST = 100
"""Streams at once; each holds a connection, and those of logs one to the app host too."""
_AGAIN = 5.0
"""Seconds after which a page is made again without news: times and traffic change by themselves."""
_CALM = 0.3
_BATCH = 200
"""Lines in one event."""
QUIET = ": still here\n\n"
OVER = "event: over\ndata:\n\n"


class Streams:
    """All of one control process."""

    def __init__(self) -> None:
        self._open = 0

    def answer(self, events: AsyncIterator[str]) -> StreamingResponse:
        """Raises `BusyError` when there are too many already."""
        if self._open >= _MOST:
            raise BusyError
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._counted(events), media_type="text/event-stream", headers=headers
        )

    async def _counted(self, events: AsyncIterator[str]) -> AsyncIterator[str]:
        self._open += 1
        try:
            async for event in events:
                yield event
        finally:
            self._open -= 1


def event(lines: Iterable[str]) -> str:
    """One event whose data are these lines."""
    return "".join(f"data: {line}\n" for line in lines) + "\n"


async def news(caller: Caller, render: Callable[[], Awaitable[str]]) -> AsyncIterator[str]:
    """The live part of a page now and whenever it has changed, while the caller may have it."""
    board, last = caller.machine.board, ""
    while caller.still_administers():
        seen = board.version
        try:
            html = await render()
        except (AppHostAway, RelayAway):
            html = last
        except RefusedError:
            break  # what the page is about is gone
        yield QUIET if html == last else event(html.splitlines())
        last = html
        await board.newer(seen, _AGAIN)
        await asyncio.sleep(_CALM)
    yield OVER


async def written(caller: Caller, lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """Lines as they come, while the caller may have them."""
    waiting: asyncio.Queue[str | None] = asyncio.Queue(_BATCH)

    async def read() -> None:
        # What ends it is looked for again by the browser.
        with suppress(AppHostAway):
            async for line in lines:
                await waiting.put(line)
        await waiting.put(None)

    reading = asyncio.create_task(read())
    try:
        while caller.still_administers():
            batch = await _batch(waiting)
            told = [plain(line) for line in batch if line is not None]
            yield event(told) if told else QUIET
            if None in batch:
                break
        else:
            yield OVER
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _batch(waiting: asyncio.Queue[str | None]) -> list[str | None]:
    """All that is there; empty if nothing came for a while."""
    try:
        async with asyncio.timeout(_AGAIN):
            found = [await waiting.get()]
    except TimeoutError:
        return []
    while not waiting.empty():
        found.append(waiting.get_nowait())
    return found


def plain(line: str) -> str:
    """As text without what steers terminals."""
    return "".join(char if char.isprintable() or char == "\t" else "·" for char in line)
