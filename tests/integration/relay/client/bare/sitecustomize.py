"""Takes from Python what Windows lacks: uvloop, the modules of Unix, handlers of signals."""

import asyncio
import signal
import sys

for name in ("uvloop", "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None  # type: ignore[assignment]
for name in ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2"):
    delattr(signal, name)


def _no_handler(*_: object) -> None:
    raise NotImplementedError


asyncio.SelectorEventLoop.add_signal_handler = _no_handler  # type: ignore[method-assign]
