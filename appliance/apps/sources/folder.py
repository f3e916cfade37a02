"""An immutable copy of a folder, and the digest of what is in it."""

import asyncio
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from appliance.apps.sources.location import Local, SourceError

MOST_BYTES = 4 * 2**30
MOST_FILES = 50_000
LEFT_OUT = frozenset({
    ".git", ".hg", ".svn", ".venv", "__pycache__", ".gradio", "node_modules", ".env", ".direnv",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", ".DS_Store", ".cache",
})  # fmt: skip
"""Never part of a release: history, caches, other environments, local secrets."""
_SINGLE = ("requirements.txt", "pre-requirements.txt", "packages.txt")
"""What goes with a lone script."""


@dataclass(frozen=True)
class Fetched:
    """A source as it was copied."""

    folder: Path
    digest: str
    """Hex SHA-256 over paths, modes and bytes."""
    file: str | None = None
    """The script, if the source names one."""
    commit: str | None = None
    notice: str = ""
    """Something odd that a person should know; the app may run all the same."""


@dataclass(frozen=True)
class _Entry:
    path: Path
    name: str
    """Relative, with forward slashes."""
    link: str | None = None


def _as_written(folder: Path, base_folder: Path) -> Path:
    """Relative where it is: in a container the YAML's folder has another name."""
    base = base_folder.resolve()
    return folder.relative_to(base) if folder.is_relative_to(base) else folder


async def fetch(
    location: Local, base_folder: Path, work: Path, without: Iterable[Path] = ()
) -> Fetched:
    """Copy a local source into `work`. Raises `SourceError`."""
    if not location.folder.is_dir():
        raise SourceError(
            "source-missing",
            f"{_as_written(location.folder, base_folder)} does not exist.",
            remedy="`source` is a folder or script relative to the folder of appliance.yaml; "
            "apps in containers find it only below that folder.",
        )
    try:
        copied = await asyncio.to_thread(
            copy, location.folder, work, without, _only(location, base_folder)
        )
    except OSError as error:
        raise SourceError(
            "source-unreadable",
            f"{error.filename or location.folder} cannot be copied: {error.strerror}.",
            remedy="Check that the appliance may read it, and that there is space left.",
        ) from error
    return replace(copied, file=location.file)


def _only(location: Local, base_folder: Path) -> frozenset[str | None] | None:
    # A script beside appliance.yaml: its neighbours are the appliance's own files, not the app's.
    alone = location.file is not None and location.folder == base_folder.resolve()
    return frozenset({location.file, *_SINGLE}) if alone else None


def copy(
    folder: Path,
    work: Path,
    without: Iterable[Path] = (),
    only: frozenset[str | None] | None = None,
) -> Fetched:
    """Copy `folder` to `work`, read-only, in a stable order. Raises `SourceError`, `OSError`."""
    root = folder.resolve()
    avoided = frozenset(path.resolve() for path in without)
    work.mkdir(parents=True)
    digest = sha256()
    size = count = 0
    for entry in _entries(root, root, avoided):
        if only is not None and entry.name not in only:
            continue
        count += 1
        target = work / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.link is not None:
            target.symlink_to(entry.link)
            digest.update(f"{entry.name}\0link\0{entry.link}\0".encode(errors="surrogateescape"))
            continue
        size += entry.path.stat().st_size
        _limit(size, count)
        executable = bool(entry.path.stat().st_mode & stat.S_IXUSR)
        with entry.path.open("rb") as source, target.open("xb") as copied:
            content = _copy_bytes(source, copied)
        target.chmod(0o555 if executable else 0o444)
        header = f"{entry.name}\0{'x' if executable else '-'}\0{content}\0"
        digest.update(header.encode(errors="surrogateescape"))
    for parent, _, _ in os.walk(work):
        Path(parent).chmod(0o555)
    return Fetched(work, digest.hexdigest())


def _entries(root: Path, folder: Path, avoided: frozenset[Path]) -> Iterator[_Entry]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.name.startswith(".#") or path in avoided:
            continue
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            if path.exists() and path.resolve() not in avoided:
                yield _Entry(path, name, _inner_link(root, path, name))
        elif path.is_dir():
            # Another virtual environment, whatever its name.
            if not (path / "pyvenv.cfg").exists():
                yield from _entries(root, path, avoided)
        elif path.is_file():
            yield _Entry(path, name)


def _inner_link(root: Path, path: Path, name: str) -> str:
    """The link in relative form. One that leaves the folder would show visitors other files."""
    target = path.resolve()
    if not target.is_relative_to(root):
        raise SourceError(
            "source-link",
            f"{name} is a link to {target}, outside the app's folder.",
            remedy="Copy the file into the folder, or name its place under `files: allowed`.",
        )
    return os.path.relpath(target, path.parent)


def _copy_bytes(source: BinaryIO, target: BinaryIO) -> str:
    digest = sha256()
    while block := source.read(1 << 20):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def _limit(size: int, count: int) -> None:
    if size > MOST_BYTES or count > MOST_FILES:
        raise SourceError(
            "source-too-large",
            f"The folder holds more than {MOST_BYTES >> 30} GB or {MOST_FILES} files.",
            remedy="Keep models and data elsewhere and name their place under `files: allowed`.",
        )
