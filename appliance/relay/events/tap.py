"""Takes up what the log is told, so that whoever reads events reads the same."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from pydantic_core import to_jsonable_python

Event = dict[str, Any]
"""The fields of a line of the log; its name is under `event`."""
_OF_THE_LOG_ALONE: Final = frozenset({"logger", "exc_info", "stack_info"})


@contextmanager
def tapped(logger: str, tell: Callable[[Event], None]) -> Iterator[None]:
    """Call with each event that this logger and those below it are told, on this event loop."""
    tap, tree = _Tap(tell), logging.getLogger(logger)
    tree.addHandler(tap)
    try:
        yield
    finally:
        tree.removeHandler(tap)


class _Tap(logging.Handler):
    def __init__(self, tell: Callable[[Event], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        if not isinstance(record.msg, dict):
            return  # a library's sentence
        fields = {key: value for key, value in record.msg.items() if key not in _OF_THE_LOG_ALONE}
        event: Event = to_jsonable_python(fields, fallback=str)
        if _running() is self._loop:
            self._tell(event)
        else:
            self._loop.call_soon_threadsafe(self._tell, event)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
