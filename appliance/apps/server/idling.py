"""Lets an app rest that nobody uses: Gradio looks into its empty queue a thousand times a second.

On a machine with many apps that adds up to whole cores.
"""

import asyncio
import functools
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from gradio import queueing

from .replacing import replace

_AWAKE = 2.0
"""Seconds after a call during which the queue is as quick as Gradio makes it."""
_LONGEST = 1.0
"""Seconds between two looks of a queue that nobody wakes: it may have been closed."""


class Rest(float):
    """A pause that ends with the next call; to who knows nothing of that, so many seconds."""

    ended: asyncio.Event


_UNKNOWING = 0.02
"""Seconds."""


def install() -> None:
    """From now on every queue waits for calls when it has had nothing to do."""
    queue = queueing.Queue
    replace(
        queue,
        sleep_when_free=_resting("sleep_when_free"),
        progress_update_sleep_when_free=_resting("progress_update_sleep_when_free"),
        push=_waking(queue.push),
    )
    replace(queueing, asyncio=SimpleNamespace(**{**vars(asyncio), "sleep": sleep}))


def _resting(attribute: str) -> property:
    """In place of a number of seconds between two looks."""

    def pause(queue: Any) -> float:
        known = vars(queue)
        seconds: float = known[attribute]
        busy = any(jobs is not None for jobs in queue.active_jobs)
        if busy or time.monotonic() - known.get("appliance_woken", 0.0) < _AWAKE:
            return seconds
        rest = Rest(max(seconds, _UNKNOWING))
        rest.ended = _ended(queue)
        rest.ended.clear()
        return rest

    def set_pause(queue: Any, seconds: float) -> None:
        vars(queue)[attribute] = seconds

    return property(pause, set_pause)


async def sleep(delay: float, result: Any = None) -> Any:
    """`asyncio.sleep`, for the queue."""
    if not isinstance(delay, Rest):
        return await asyncio.sleep(delay, result)
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(delay.ended.wait(), _LONGEST)
    return result


def _waking(push: Any) -> Any:
    @functools.wraps(push)
    async def woken(self: Any, *args: Any, **kwargs: Any) -> Any:
        vars(self)["appliance_woken"] = time.monotonic()
        _ended(self).set()
        return await push(self, *args, **kwargs)

    return woken


def _ended(queue: Any) -> asyncio.Event:
    event: asyncio.Event = vars(queue).setdefault("appliance_rest_ended", asyncio.Event())
    return event
