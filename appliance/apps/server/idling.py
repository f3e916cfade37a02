"""Lets an app rest that nobody uses: Gradio looks into its empty queue a thousand times a second.

On a machine with many apps that adds up to whole cores.
"""

import functools
import time
from typing import Any

from gradio.queueing import Queue

from .replacing import replace

_AWAKE = 2.0
"""Seconds after a call during which the queue is as quick as Gradio makes it."""
RESTING = 0.02
"""Seconds between two looks afterwards; the first call after a pause waits half of it."""


def install() -> None:
    """From now on every queue slows down when it has had nothing to do."""
    replace(Queue, sleep_when_free=property(_pause, _set_pause), push=_waking(Queue.push))


def _pause(queue: Any) -> float:
    known = vars(queue)
    pause: float = known["sleep_when_free"]
    busy = any(jobs is not None for jobs in queue.active_jobs)
    if busy or time.monotonic() - known.get("appliance_woken", 0.0) < _AWAKE:
        return pause
    return max(pause, RESTING)


def _set_pause(queue: Any, pause: float) -> None:
    vars(queue)["sleep_when_free"] = pause


def _waking(push: Any) -> Any:
    @functools.wraps(push)
    async def woken(self: Any, *args: Any, **kwargs: Any) -> Any:
        vars(self)["appliance_woken"] = time.monotonic()
        return await push(self, *args, **kwargs)

    return woken
