"""Where an appliance without Docker keeps its things."""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 107
"""Bytes; `sun_path` of Linux holds 108 with its end. Shorter elsewhere, but Linux is our home."""
_LONGEST_NAME = "control.sock.lock"


@dataclass(frozen=True)
class Places:
    """The YAML and the two folders of one appliance; all absolute."""

    file: Path
    data: Path
    run: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        return self.data / "appliance.lock"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the tree is told."""
        return {
            "APPLIANCE_FILE": str(self.file),
            "APPLIANCE_DATA": str(self.data),
            "APPLIANCE_RUN": str(self.run),
        }


def places(file: Path, data: str) -> Places:
    """`data` is `storage.data`, relative to the YAML's folder. Touches nothing."""
    file = file.absolute()
    folder = Path(os.path.normpath(file.parent / Path(data).expanduser()))
    return Places(file, folder, (folder / "run").resolve())


def prepare(found: Places) -> Places:
    """Make the folders; `run` is private and short enough for Unix sockets.

    A deep checkout would make the sockets' paths too long to bind. Then `run` is a link to a fresh
    private folder, and whoever looks there later follows it.
    """
    found.logs.mkdir(parents=True, exist_ok=True)
    entry = found.data / "run"
    if not _too_long(entry):
        run = entry
        run.mkdir(mode=0o700, exist_ok=True)
    elif entry.is_symlink() and _private(entry):
        run = entry.resolve()
    else:
        entry.unlink(missing_ok=True)
        run = Path(tempfile.mkdtemp(prefix="appliance-"))
        entry.symlink_to(run, target_is_directory=True)
    run.chmod(0o700)
    return Places(found.file, found.data, run)


def discard_run(found: Places) -> None:
    """Remove the pointer's target when it is empty; a folder inside `data` may stay."""
    entry = found.data / "run"
    if entry.is_symlink() and not any(found.run.iterdir()):
        found.run.rmdir()
        entry.unlink()


def _too_long(run: Path) -> bool:
    return len(os.fsencode(run / _LONGEST_NAME)) > SOCKET_PATH_LIMIT


def _private(entry: Path) -> bool:
    # Somebody else may have made a folder of that name after ours was cleaned away.
    try:
        status = entry.stat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
