"""A number that grows with every change, and a way to wait for the next one."""

import asyncio

_TOGETHER = 0.05
"""Seconds in which changes count as one: after a restart, clients come by the hundred."""


class News:
    """Use it on one event loop."""

    def __init__(self) -> None:
        self.version = 0
        self._event = asyncio.Event()
        self._soon: asyncio.TimerHandle | None = None
        self._closed = False

    def tell(self) -> None:
        """Something changed."""
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_later(_TOGETHER, self._now)

    async def wait(self, after: int, seconds: float) -> None:
        """Until the version exceeds `after`, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                while self.version <= after and not self._closed:
                    await self._event.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Nobody waits any more."""
        self._closed = True
        if self._soon is not None:
            self._soon.cancel()
        self._event.set()

    def _now(self) -> None:
        self._soon = None
        self.version += 1
        self._event.set()
        self._event = asyncio.Event()
