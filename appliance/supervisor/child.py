"""One child process in a process group of its own."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from appliance.supervisor.journal import Journal


@dataclass(frozen=True)
class Program:
    """What to run."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to our own."""
    grace: float = 10.0
    """Seconds it may take to end by itself."""
    after: Path | None = None
    """A file another program writes first."""


class Child:
    """A program that runs. Its output goes to the journal, its input is closed."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self.pid = process.pid
        self._process = process

    @classmethod
    async def start(cls, program: Program, journal: Journal) -> "Child":
        """Raises `OSError` if it cannot be run at all."""
        with journal.open() as log:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return cls(program, process)

    async def wait(self) -> int:
        """Its exit code (negative: the signal that ended it); its group is gone afterwards."""
        code = await self._process.wait()
        self._kill_group()
        return code

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask it to end; kill its group after the grace, or as soon as `hurry` is set."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        ended = asyncio.ensure_future(self._process.wait())
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait(
            {ended, hurried}, timeout=self.program.grace, return_when=asyncio.FIRST_COMPLETED
        )
        hurried.cancel()
        self._kill_group()
        await ended

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
