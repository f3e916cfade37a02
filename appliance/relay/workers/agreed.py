"""What happens once all workers know what was told to them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_PATIENCE = 2.0
"""Seconds; a worker that is busy for longer may learn it later than others."""


@dataclass
class _Pending:
    missing: set[int]
    then: Callable[[], None]
    timer: asyncio.TimerHandle


class Agreed:
    """Numbers of marks that are on their way to workers."""

    def __init__(self) -> None:
        self._count = 0
        self._pending: dict[int, _Pending] = {}

    def begin(self, workers: Iterable[int], then: Callable[[], None]) -> int:
        """The number of the mark to send to these workers."""
        self._count += 1
        number = self._count
        timer = asyncio.get_running_loop().call_later(_PATIENCE, self._done, number)
        pending = self._pending[number] = _Pending(set(workers), then, timer)
        if not pending.missing:
            self._done(number)
        return number

    def reached(self, worker: int, number: int) -> None:
        pending = self._pending.get(number)
        if pending is not None:
            pending.missing.discard(worker)
            if not pending.missing:
                self._done(number)

    def gone(self, worker: int) -> None:
        """One that is not waited for any more."""
        for number in tuple(self._pending):
            self.reached(worker, number)

    def _done(self, number: int) -> None:
        pending = self._pending.pop(number, None)
        if pending is not None:
            pending.timer.cancel()
            pending.then()
