"""Runs the app host until it is told to end."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from appliance.apps.api import api
from appliance.apps.host import AppHost, sole
from appliance.apps.runtime import Runtime
from appliance.apps.runtimes.process import ProcessRuntime
from appliance.environment import needed
from appliance.listening import Server, first, told_to_end, unix

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HostSettings:
    """What the app host is started with."""

    data: Path
    run: Path
    runtime: Literal["docker", "process"] = "process"
    leave_running: bool = False
    """At the end, leave instances to the next app host."""
    builds: int = 1
    """Environments that are made at the same time."""

    @property
    def socket(self) -> Path:
        return self.run / "apps.sock"


def from_environment(env: Mapping[str, str]) -> HostSettings:
    """Settings from `APPLIANCE_*`. Raises `ValueError` with the name of what is wrong."""
    data, run = (Path(needed(env, f"APPLIANCE_{name}")) for name in ("DATA", "RUN"))
    runtime = env.get("APPLIANCE_RUNTIME") or "process"
    if runtime not in ("docker", "process"):
        raise ValueError(f"APPLIANCE_RUNTIME is {runtime!r}; it can be docker or process")
    return HostSettings(
        data=data,
        run=run,
        runtime="docker" if runtime == "docker" else "process",
    )


async def serve(settings: HostSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `BlockingIOError` if another app host holds the data folder, `ConnectionError` if no
    Docker engine answers.
    """
    with sole(settings.data):
        host = AppHost(_runtime(settings), settings.data, settings.builds)
        server = Server(api(host), unix(settings.socket))
        told = told_to_end()
        _log.info("apphost.started", runtime=settings.runtime, socket=str(settings.socket))
        try:
            serving = asyncio.create_task(server.run_until_stopped())
            await first(told, serving)
            server.should_exit = True
            # Who waits for news would keep it from ending.
            await host.release_waiters()
            await serving
        finally:
            await host.close(stop_instances=not settings.leave_running)
            settings.socket.unlink(missing_ok=True)


def _runtime(settings: HostSettings) -> Runtime:
    if settings.runtime == "docker":
        # Only where it is used: the engine's client is not needed elsewhere.
        from docker.errors import DockerException  # noqa: PLC0415

        from appliance.apps.runtimes.docker import DockerRuntime  # noqa: PLC0415

        try:
            return DockerRuntime.from_environment(settings.data, os.environ)
        except DockerException as error:
            raise ConnectionError(str(error)) from error
    return ProcessRuntime(settings.data)
