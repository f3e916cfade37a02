"""The protocol every runtime speaks. The app host knows no other way to run anything."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol

from appliance import disk
from appliance.apps.server.settings import Settings
from appliance.commands import COMMAND

Report = Callable[[str], None]
"""Takes one line of a build log as it appears."""


@dataclass(frozen=True)
class Needs:
    """What an environment must hold. Equal needs share one environment, by digest."""

    python: str
    """`3.13`: major.minor."""
    requirements: tuple[str, ...]
    """Lines of requirements.txt, plus Gradio and what the app server needs."""
    pre_requirements: tuple[str, ...] = ()
    """Installed before the others (pre-requirements.txt)."""
    system_packages: tuple[str, ...] = ()
    """Debian packages (packages.txt)."""

    @property
    def digest(self) -> str:
        """Hex SHA-256 over all fields; the content address."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class ReleaseFiles:
    """A release on the app host's disk."""

    app: str
    release: str
    source: Path
    """The immutable copy of the user's folder."""
    needs: Needs


@dataclass(frozen=True)
class Confines:
    """The most an instance may use."""

    memory: int | None
    cpus: float | None
    pids: int
    gpus: int | Literal["all"]


@dataclass(frozen=True)
class InstancePlan:
    """One instance as it should run."""

    id: str
    """Unique among all instances of this appliance, e.g. `hello-r3-4f2a9c1b-0-9d1e`."""
    files: ReleaseFiles
    settings: Settings
    """`listen_*`, `storage` and `trusted_proxies` are the runtime's to fill in."""
    fingerprint: str
    """Digest of all that would need a new instance if it changed."""
    environment: Mapping[str, str]
    """Environment variables, secrets included. Never logged."""
    confines: Confines


@dataclass(frozen=True)
class Running:
    """One instance as it is."""

    id: str
    app: str
    release: str
    fingerprint: str
    address: str
    started: datetime
    alive: bool
    exit_code: int | None = None
    killed_for_memory: bool = False


class BuildError(Exception):
    """The environment cannot be made; the message is for the person who wrote the requirements."""

    def __init__(self, code: str, summary: str, *, detail: str = "", remedy: str = "") -> None:
        super().__init__(summary)
        # For whoever meets it as a traceback.
        self.add_note(detail)
        self.code = code
        self.summary = summary
        self.detail = detail
        self.remedy = remedy


def unforeseen(what: str, words: str, error: Exception) -> BuildError:
    """For an error of no kind that was thought of: `<what>-broke`, or `disk` if that is why."""
    if (refusal := disk.refusal(error)) is not None:
        remedy = f"Make room on that disk. If it does not go on by itself: {COMMAND} apps deploy."
        return BuildError("disk", f"{words}. {refusal}", remedy=remedy)
    return BuildError(
        f"{what}-broke",
        f"{words}, for a reason the appliance did not foresee.",
        remedy=f"See the log of the app host; then: {COMMAND} apps deploy.",
    )


class Runtime(Protocol):
    """Runs instances. All methods may be called at any time; each is idempotent."""

    name: Literal["docker", "process"]
    default_python: str
    """`3.13`: what an app gets that names no version; always at hand."""

    async def build(self, files: ReleaseFiles, report: Report) -> None:
        """Make the environment and whatever else the release needs. Raises `BuildError`."""

    async def start(self, plan: InstancePlan) -> Running:
        """Start an instance; returns as soon as it runs, long before it is ready."""

    async def stop(self, instance: str, grace: float) -> None:
        """Ask it to end, wait `grace` seconds, then end it for good and remove every trace."""

    async def running(self) -> Mapping[str, Running]:
        """All instances of this appliance, also those an earlier app host started."""

    async def probe(self, instance: str, path: str) -> int | None:
        """Status of `GET address+path` of the app server, or None if it does not answer in 3 s."""

    async def active(self, instance: str) -> int | None:
        """Requests in flight, as the body of `/readyz` says; None if it does not answer."""

    async def visits(self, instance: str, key: str, question: bytes) -> bytes | None:
        """What its app server says of visits; None if it does not answer in 3 s."""

    async def memory(self, instance: str) -> int | None:
        """Bytes resident over all its processes."""

    def logs(self, instance: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        """Lines of its output, oldest first; `follow` goes on until it ends."""

    async def discard(self, app: str, release: str) -> None:
        """Remove what `build` made for a release that nothing needs any more."""

    async def close(self, *, stop_instances: bool) -> None:
        """Let go of the engine; instances go on unless told otherwise."""
