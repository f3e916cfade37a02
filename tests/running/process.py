"""One child process with its output in a file, ended with everything it started."""

import atexit
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

_PORTS = range(20_000, 32_000)
"""Below those of outgoing connections, one of which may take a port before its server does."""
_BLOCK = 200


def free_port() -> int:
    """Given out once, and to nobody else's tests that run on this machine."""
    return next(_free)


def _free_ports() -> Iterator[int]:
    """From blocks, whose first port says as long as it is listened at that the others are ours."""
    for first in _PORTS[::_BLOCK]:
        try:
            claim = socket.create_server(("127.0.0.1", first), backlog=1)
        except OSError:
            continue
        atexit.register(claim.close)
        yield from filter(_is_free, range(first + 1, first + _BLOCK))
    raise RuntimeError("no port is left for tests")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


_free = _free_ports()


PATIENCE = 180
"""Seconds for what takes a moment: on a machine that has other things to do it takes longer."""


@contextmanager
def child(
    command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command; at the end ask it to stop, and kill its process group after 20 seconds."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ask all of them to stop before the first is waited for; each of them takes a while."""
    asked = list(processes)
    for process in asked:
        process.terminate()
    until = time.monotonic() + 20
    for process in asked:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0, until - time.monotonic()))


def wait_until(
    condition: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: float = PATIENCE,
    every: float = 0.1,
) -> None:
    """Poll until the condition holds. Raises with the end of the log when that cannot be."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "ended" if process.poll() is not None else f"is not ready after {seconds} s"
            raise RuntimeError(f"{process.args!r} {state}:\n{log.read_text()[-4000:]}")
        time.sleep(every)


def connects(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    """Whether a GET of the URL (redirects followed) is answered with success."""
    try:
        return httpx.get(url, follow_redirects=True, timeout=10).is_success
    except httpx.TransportError:
        return False
