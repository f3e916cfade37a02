"""Waiting on an event loop for what announces itself to nobody."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object]) -> None:
    """The test's own time limit ends a wait in vain."""
    while not condition():  # noqa: ASYNC110 - whoever makes it true knows no event
        await asyncio.sleep(0.01)
