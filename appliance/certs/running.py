"""One run of certbot, which ends before we do."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LONGEST = 15 * 60
"""Seconds of one run: DNS providers may take ten minutes to show a record."""
_GRACE = 5
_PROGRAM = """
import os, signal, sys, threading
def follow():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=follow, daemon=True).start()
from certbot.main import main
sys.exit(main())
"""
"""certbot, ended with whoever holds the other end of its input: a process that was killed cannot
end its children, and one that outlives it would stand in the way of the next."""


async def run(verb: str, options: Path, env: Mapping[str, str]) -> str:
    """What it says. Options go by a file: a process list is for everyone to see."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _PROGRAM,
        verb,
        "--config",
        str(options),
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    return await _output(process)


async def _output(process: asyncio.subprocess.Process) -> str:
    """Wait for its end; whatever happens to us, it does not outlive this."""
    try:
        async with asyncio.timeout(_LONGEST):
            assert process.stdout is not None
            # Its input stays open as long as we live.
            text = await process.stdout.read()
            await process.wait()
    except TimeoutError:
        return "Timeout: certbot did not end."
    finally:
        await _end(process)
    return text.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask first: certbot takes its DNS records away again."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
