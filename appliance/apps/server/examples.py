"""Where cached examples lie: kept over restarts, but never those of older code."""

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_WHOLE = 1 << 20
_PART = 1 << 16
_MOST_FILES = 5000
_SKIPPED = frozenset({"__pycache__", "node_modules"})


def source_digest(folder: str) -> str:
    """Digest of an app's files; of large ones only size, beginning and end count."""
    digest = sha256()
    for path in _source_files(folder):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder)}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_WHOLE if size <= _WHOLE else _PART))
            if size > _WHOLE:
                file.seek(-_PART, os.SEEK_END)
                digest.update(file.read(_PART))
    return digest.hexdigest()


def _source_files(folder: str) -> Iterator[Path]:
    count = 0
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED
        )
        for name in sorted(names):
            path = Path(base, name)
            if path.is_file() and os.access(path, os.R_OK) and count < _MOST_FILES:
                count += 1
                yield path


def cache_folder(examples: str, source: str) -> str:
    """Where this source's examples are cached. Gradio numbers them; new code needs a new place."""
    return str(Path(examples, source_digest(source)[:16]))


def settle(examples: str, current: str, oldest: float) -> None:
    """Makes the current cache folder and removes those that nobody has used since `oldest`."""
    Path(current).mkdir(parents=True, exist_ok=True)
    os.utime(current)
    for folder in Path(examples).iterdir():
        if folder.is_dir() and str(folder) != current and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
