"""Files that survive a crash at any moment."""

import os
import shutil
import tempfile
from pathlib import Path


def write(path: Path, content: str | bytes, mode: int = 0o600) -> bool:
    """Replace `path` at once; whether its content changed.

    A reader sees the old content or the new, never a part. What grows beside it is hidden and has
    no ending, so that nobody who reads a whole folder takes it for one of its files.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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
