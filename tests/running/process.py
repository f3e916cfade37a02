"""One child process with its output in a file, ended with everything it started."""

import itertools
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

_PORTS = range(20_000, 32_000)
"""Below those of outgoing connections, one of which may take a port before its server does."""
_next = itertools.count(secrets.randbelow(len(_PORTS)))


def free_port() -> int:
    """Each is given out once, as long as there are others."""
    while True:
        port = _PORTS[next(_next) % len(_PORTS)]
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


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


def wait_until(
    condition: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    seconds: float,
    every: float = 0.1,
) -> None:
    """Poll until the condition holds. Raises with the end of the log when that cannot be."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "ended" if process.poll() is not None else f"is not ready after {seconds} s"
            raise RuntimeError(f"{process.args!r} {state}:\n{log.read_text()[-4000:]}")
        time.sleep(every)


def answers(url: str) -> bool:
    """Whether a GET of the URL (redirects followed) is answered with success."""
    try:
        return httpx.get(url, follow_redirects=True, timeout=10).is_success
    except httpx.TransportError:
        return False
