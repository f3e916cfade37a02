"""SIGTERM: stop accepting, finish what is in flight, clean up, exit with 0."""

import os
import signal
import threading
from types import FrameType

from .hosting import GRACE, Hosting

_CLEAN_UP = 10
"""Seconds the script's own clean-up gets once the server has ended."""
AT_ONCE = 143
"""Exit code after a second signal."""


class Stopping:
    """Ends the process in order; a second signal ends it at once."""

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.hosting.stop_requested:
            os._exit(AT_ONCE)
        self.hosting.stop_requested = True
        # A script that swallows SystemExit, or a thread of its that never ends, must not hold us.
        watchdog = threading.Timer(GRACE + _CLEAN_UP, os._exit, args=(0,))
        watchdog.daemon = True
        watchdog.start()
        server, thread = self.hosting.server, self.hosting.thread
        if server is not None:
            server.should_exit = True
            if thread is threading.current_thread():
                return  # its loop runs below this frame; `serve` ends and raises SystemExit
        if server is not None and thread is not None:
            thread.join(GRACE + _CLEAN_UP)
        raise SystemExit(0)
