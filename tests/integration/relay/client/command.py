"""`appliance share` as a process, and an app for it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.integration.relay.app import App
from tests.integration.relay.client.relaying import port_of
from tests.running.frpc import running
from tests.running.until import until

Process = asyncio.subprocess.Process
BARE = {
    "PYTHONPATH": str(Path(__file__).with_name("bare")),
    "PYTHONIOENCODING": "cp1252",
}
"""A Python with nothing that Windows lacks, and an old console there."""


@asynccontextmanager
async def sharing(home: Path, *arguments: str, **environment: str) -> AsyncIterator[Process]:
    """Killed at the end if it still runs."""
    command = (sys.executable, "-m", "appliance", "share", *arguments)
    given = {"XDG_STATE_HOME": str(home), "PATH": "", **environment}
    async with running(*command, env=given, stderr=asyncio.subprocess.PIPE) as process:
        yield process


async def address(process: Process) -> str:
    """What it prints first."""
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def ended(process: Process) -> tuple[int | None, str, str]:
    """Exit code, standard output, and the words of standard error."""
    out, error = await process.communicate()
    return process.returncode, out.decode(), " ".join(error.decode().split())


async def outcome(home: Path, *arguments: str, **environment: str) -> tuple[int | None, str, str]:
    async with sharing(home, *arguments, **environment) as process:
        return await ended(process)


@asynccontextmanager
async def app() -> AsyncIterator[str]:
    """The port of a web app."""
    running = App()
    async with running.listening() as server:
        yield str(port_of(server))
        await until(lambda: not running.visitors)
