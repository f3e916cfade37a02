"""One appliance per data folder, and a way to find the one that runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """The appliance that holds a data folder."""

    pid: int
    file: str
    """Its YAML."""
    fixed: tuple[str, ...]
    """What only a new start changes, such as the addresses (`host:port`) its visitors reach."""


class AlreadyRunningError(Exception):
    """Another appliance holds the data folder."""

    def __init__(self, holder: Holder | None) -> None:
        who = f"as process {holder.pid} for {holder.file}" if holder else "already"
        super().__init__(f"The appliance runs {who}")
        self.holder = holder


@contextmanager
def held(path: Path, holder: Holder) -> Iterator[None]:
    """Hold the lock. The kernel lets go of it however this process ends.

    Raises `AlreadyRunningError`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(_read(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def running(path: Path) -> Holder | None:
    """Who holds the lock now; None if nobody does."""
    try:
        # Enough to look, also where nothing may be written any more.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    # Empty in the instant between locking and writing.
    text = os.pread(descriptor, 65536, 0)
    if not text:
        return None
    found = json.loads(text)
    # Another version may have written it.
    return Holder(found["pid"], found["file"], tuple(found.get("fixed", ())))
