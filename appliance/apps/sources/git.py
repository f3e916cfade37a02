"""A Git repository at one ref, fetched by the Git on this machine.

The repository's content is a stranger's: no hook, no submodule, no other transport is followed.
Credentials are the machine's own (its credential helper, its SSH keys); nothing ever prompts.
"""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from appliance.apps.sources import folder
from appliance.apps.sources.folder import Fetched
from appliance.apps.sources.location import Repository, SourceError, redact

TIMEOUT = 600.0
"""Seconds for one fetch."""
_HARDENED = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
    "advice.detachedHead": "false",
    "init.defaultBranch": "main",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
}
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


async def fetch(location: Repository, work: Path) -> Fetched:
    """Copy the repository's folder at its ref into `work`. Raises `SourceError`."""
    if shutil.which("git") is None:
        raise SourceError(
            "git-missing", "Git is not installed.", remedy="Install Git, e.g. apt install git."
        )
    work.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work.parent, ignore_cleanup_errors=True) as name:
        clone = Path(name)
        commit = await _checkout(location, clone)
        copied = await asyncio.to_thread(_copy, location, clone, work)
    return replace(copied, commit=commit, notice=await asyncio.to_thread(_pointers, work))


def _copy(location: Repository, clone: Path, work: Path) -> Fetched:
    inside = (clone / location.folder).resolve()
    if not inside.is_dir() or not inside.is_relative_to(clone.resolve()):
        raise SourceError(
            "source-missing",
            f"{location.shown} has no folder {location.folder!r} at {location.ref}.",
            remedy="Check `folder` of this app's source in appliance.yaml.",
        )
    return folder.copy(inside, work)


async def _checkout(location: Repository, clone: Path) -> str:
    await _git(clone, "init", "--quiet", ".")
    try:
        await _git(clone, *_fetch("--depth=1"), "--", location.url, location.ref)
    except SourceError:
        if not _COMMIT.fullmatch(location.ref):
            raise
        # An abbreviated commit, or a server that hands out branch heads only.
        await _git(clone, *_fetch(), "--", location.url, "+refs/*:refs/remotes/origin/*")
        await _git(clone, "checkout", "--quiet", "--detach", location.ref, "--")
    else:
        await _git(clone, "checkout", "--quiet", "--detach", "FETCH_HEAD", "--")
    return (await _git(clone, "rev-parse", "HEAD")).strip()


def _fetch(*options: str) -> tuple[str, ...]:
    return ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", *options)


async def _git(clone: Path, *arguments: str) -> str:
    settings = [word for key, value in _HARDENED.items() for word in ("-c", f"{key}={value}")]
    process = await asyncio.create_subprocess_exec(
        "git", *settings, *arguments,
        cwd=clone, env=_environment(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(), TIMEOUT)
    except TimeoutError:
        raise SourceError(
            "git-timeout",
            f"Git was not done within {TIMEOUT:.0f} s.",
            remedy="Check the network, or use a smaller repository.",
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return output.decode(errors="replace")
    said = redact(errors.decode(errors="replace")).strip()
    raise SourceError(
        "git-failed",
        f"Git cannot fetch it: {said.splitlines()[-1] if said else 'no reason given'}",
        detail="\n".join(said.splitlines()[-15:]),
        remedy="Check the URL and ref, and that this machine may read the repository.",
    )


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    return {
        **own,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_SSH_COMMAND": own.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes"),
    }


def _pointers(work: Path) -> str:
    """Words about files whose content is in Git LFS, which is not fetched."""
    small = (path for path in work.rglob("*") if path.is_file() and path.stat().st_size < 1024)
    names = sorted(
        path.relative_to(work).as_posix()
        for path in small
        if path.read_bytes().startswith(_POINTER)
    )
    if not names:
        return ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{more}: kept in Git LFS, only the pointer was fetched."
