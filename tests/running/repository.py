"""A Git repository that grows, and Git's own server for it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.running.process import free_port

_IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")


class Repository:
    """A bare one that is served, and a clone to commit in."""

    def __init__(self, folder: Path) -> None:
        self.served = folder / "served"
        self._work = folder / "work"
        self._work.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))

    @property
    def bare(self) -> Path:
        return self.served / "app.git"

    def commit(self, script: str) -> str:
        """Push a new `app.py` to the branch `main`; the commit."""
        (self._work / "app.py").write_text(script)
        self._git("add", ".")
        self._git("commit", "--quiet", "--allow-empty", "--message", "A change")
        self._git("push", "--quiet", str(self.bare), "HEAD:main")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", *_IDENTITY, *arguments]
        done = subprocess.run(command, cwd=self._work, check=True, capture_output=True, text=True)
        return done.stdout


@contextmanager
def served(repository: Repository, host: str) -> Iterator[str]:
    """The `git://` URL of the repository, on an address of this machine."""
    port = free_port()
    command = [
        "git", "daemon", "--verbose", "--reuseaddr", "--export-all", f"--listen={host}",
        f"--port={port}", f"--base-path={repository.served}", str(repository.served),
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            assert daemon.stderr is not None
            _ready(daemon.stderr)
            yield f"git://{host}:{port}/{repository.bare.name}"
        finally:
            daemon.terminate()


def _ready(said: IO[str]) -> None:
    deadline = time.monotonic() + 60
    for line in said:
        if "Ready to rumble" in line:
            return
        assert time.monotonic() < deadline, line
    raise AssertionError("git daemon ended")
