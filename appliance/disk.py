"""Files that survive a crash at any moment, and the words for a disk that takes none."""

import errno
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Literal

State = Literal["good", "low", "full", "read-only", "closed"]
FULL, LOW = 16 * 2**20, 256 * 2**20
"""Bytes: with less nothing can be relied on; with less an app's environment finds no room."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


_MEGA = 2**20
_ROOM = "Make room: `df -h`, and with Docker `docker system df`, show what takes it."
_FULL_WORDS = (
    f"The disk with the appliance's data has less than {FULL // _MEGA} MB left: what runs goes on, "
    "but sign-ins, new releases, certificates and new keys to share with fail."
)
_CLOSED = (
    "The appliance may not write into the folder with its data any more: what is new may be lost.",
    "`ls -ld` shows whose it is and what he may; give it back with `chown` or `chmod u+rwx`.",
)
_WORDS: dict[State, tuple[str, str]] = {
    "read-only": (
        "The disk with the appliance's data is read-only: nothing can be changed or kept.",
        "Look at the machine's log (`dmesg`) and mount it anew.",
    ),
    "closed": _CLOSED,
    "full": (
        _FULL_WORDS,
        _ROOM,
    ),
    "low": (f"The disk with the appliance's data has less than {LOW // _MEGA} MB left.", _ROOM),
}


def words(found: State) -> tuple[str, str] | None:
    """What is wrong, and what to do."""
    return _WORDS.get(found)


def state(folder: Path) -> State:
    """Whether files can be written there."""
    found = os.statvfs(folder)
    if found.f_flag & os.ST_RDONLY:
        return "read-only"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return "closed"
    free = found.f_bavail * found.f_frsize
    return "full" if free < FULL else "low" if free < LOW else "good"


def refusal(error: BaseException) -> str | None:
    """Why the disk took nothing, in words; None if the error says nothing of the kind."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, OSError):
        place = f" ({original.filename})" if original.filename else ""
        if original.errno in _FULL:
            return f"The disk is full{place}."
        return f"The disk may not be written to{place}." if original.errno in _READ_ONLY else None
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return "The disk is full."
        return "The disk may not be written to." if code == sqlite3.SQLITE_READONLY else None
    return None


def held(error: BaseException) -> bool:
    """Whether another program kept the database to itself for longer than we wait."""
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY


def write(path: Path, content: str | bytes, mode: int = 0o600) -> bool:
    """Replace `path` at once; whether its content changed.

    A reader sees the old content or the new, never a part. What grows beside it is hidden and has
    no ending, so that nobody who reads a whole folder takes it for one of its files.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        # By a name made up for this try the same trouble would be another one each time.
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def remove(folder: Path) -> None:
    """Remove a folder, read-only ones inside it included. Absent is fine."""
    for parent, folders, _ in os.walk(folder):
        for name in (".", *folders):
            inner = Path(parent, name)
            if not inner.is_symlink():
                inner.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
