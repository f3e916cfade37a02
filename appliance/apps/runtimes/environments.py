"""Python environments made by uv: content-addressed, shared by all apps with equal needs.

An environment knows its own path, so it is made in place; a file `complete` inside it says that
it may be used. A lock beside it keeps two builders apart, also those of two processes.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import sysconfig
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from appliance import disk
from appliance.apps.runtime import BuildError, Needs, Report
from appliance.apps.runtimes import package_index

_COMPLETE = "complete"


class Environments:
    """The environments under one folder."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        self._cache = cache

    def python(self, needs: Needs) -> Path:
        """The interpreter of an environment; it exists after `ensure`."""
        return self._folder / needs.digest / "bin" / "python"

    def ready(self, needs: Needs) -> bool:
        return (self._folder / needs.digest / _COMPLETE).is_file()

    async def ensure(self, needs: Needs, report: Report) -> None:
        """Make the environment unless it is there. Raises `BuildError`."""
        if self.ready(needs):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        async with _locked(self._folder / f"{needs.digest}.lock"):
            if not self.ready(needs):
                await self._make(needs, report)

    async def collect(self, used: Iterable[str]) -> None:
        """Remove environments that nothing needs. One that is being made is locked and stays."""
        keep = frozenset(used)
        folders = [path for path in self._folder.glob("*") if path.is_dir()]
        for folder in folders:
            if folder.name not in keep:
                async with _locked(folder.with_suffix(".lock")):
                    await asyncio.to_thread(disk.remove, folder)
                    folder.with_suffix(".lock").unlink(missing_ok=True)

    async def _make(self, needs: Needs, report: Report) -> None:
        folder = self._folder / needs.digest
        await asyncio.to_thread(disk.remove, folder)
        await self._venv(needs, folder, report)
        if needs.pre_requirements:
            await self._install(needs.pre_requirements, folder, report, "pre-requirements.txt")
        await self._install(needs.requirements, folder, report, "requirements.txt")
        (folder / _COMPLETE).touch()

    async def _venv(self, needs: Needs, folder: Path, report: Report) -> None:
        report(f"Creating an environment with Python {needs.python}")
        arguments = ("venv", "--quiet", "--no-project", "--python", needs.python, str(folder))
        code, said = await self._uv(arguments, report)
        if code:
            raise BuildError(
                "python-missing",
                f"Python {needs.python} is not on this machine and could not be fetched.",
                detail="\n".join(said[-15:]),
                remedy=f"Install it (uv python install {needs.python}), or set `python` of this "
                "app in appliance.yaml to one that is installed.",
            )

    async def _install(self, lines: Sequence[str], folder: Path, report: Report, name: str) -> None:
        listing = folder / name
        listing.write_text("\n".join(lines) + "\n")
        report(f"Installing {name}")
        arguments = ("pip", "install", "--python", str(folder), "--requirement", str(listing))
        code, said = await self._uv(arguments, report)
        if code:
            raise BuildError(
                "requirements-failed",
                f"The packages of {name} cannot be installed.",
                detail=_explanation(said),
                remedy=f"Mend {name} as told above; the app is tried again when it changes.",
            )

    async def _uv(self, arguments: Sequence[str], report: Report) -> tuple[int, list[str]]:
        process = await asyncio.create_subprocess_exec(
            _find_uv(), "--color=never", *arguments,
            env=package_index.uv_environment(os.environ, self._cache),
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=1 << 20,
        )  # fmt: skip
        said: list[str] = []
        try:
            async for line in _lines(process):
                shown = package_index.redact(line)
                said.append(shown)
                report(shown)
            return await process.wait(), said
        finally:
            if process.returncode is None:
                # uv builds in child processes: end them all. It may have ended unnoticed yet.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


def _explanation(said: list[str]) -> str:
    """Uv's own words from its error on."""
    start = next((n for n, line in enumerate(said) if line.startswith("error")), len(said) - 15)
    return "\n".join(said[max(start, 0) :][:15])


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    if process.stdout is None:
        return
    async for raw in process.stdout:
        if line := raw.decode(errors="replace").rstrip():
            yield line


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold an exclusive lock, across processes; the kernel lets go of it if we die."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def _find_uv() -> str:
    """The uv that came with us, else the machine's."""
    own = Path(sysconfig.get_path("scripts"), "uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise BuildError(
            "uv-missing",
            "uv, which makes the apps' environments, is not installed.",
            remedy="Install the appliance with its dependencies: scripts/install.",
        )
    return found
