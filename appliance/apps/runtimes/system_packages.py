"""Debian packages an app asks for, where the appliance may not install any itself."""

import asyncio
import shutil
from collections.abc import Sequence


async def missing(packages: Sequence[str]) -> tuple[str, ...]:
    """Those that are not installed; all of them on a machine without dpkg."""
    names = [package.partition("=")[0] for package in packages]
    if not names or shutil.which("dpkg-query") is None:
        return tuple(names)
    process = await asyncio.create_subprocess_exec(
        "dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\\n", "--", *names,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    installed = {
        name
        for line in output.decode().splitlines()
        for name, _, status in [line.partition(" ")]
        if status == "installed"
    }
    return tuple(name for name in names if name.partition(":")[0] not in installed)


def notice(packages: Sequence[str]) -> str:
    """What a person should know and do; the app may work without them."""
    return (
        "packages.txt names Debian packages that are not installed here: "
        f"{', '.join(packages)}. Install them with: sudo apt install {' '.join(packages)}"
    )
