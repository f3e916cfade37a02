"""Runs the app host until it is told to end."""

import asyncio
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
import uvicorn

from appliance.apps.api import api
from appliance.apps.host import AppHost, sole
from appliance.apps.runtimes.base import Runtime
from appliance.apps.runtimes.process import ProcessRuntime

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
    for name in ("APPLIANCE_DATA", "APPLIANCE_RUN"):
        if not env.get(name):
            raise ValueError(f"{name} is not set")
    runtime = env.get("APPLIANCE_RUNTIME") or "process"
    if runtime not in ("docker", "process"):
        raise ValueError(f"APPLIANCE_RUNTIME is {runtime!r}; it can be docker or process")
    return HostSettings(
        data=Path(env["APPLIANCE_DATA"]),
        run=Path(env["APPLIANCE_RUN"]),
        runtime="docker" if runtime == "docker" else "process",
    )


async def serve(settings: HostSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `BlockingIOError` if another app host holds the data folder, `ConnectionError` if no
    Docker engine answers.
    """
    with sole(settings.data):
        host = AppHost(_runtime(settings), settings.data, settings.builds)
        server = _Server(host, _listener(settings.socket))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        _log.info("apps-host.ready", runtime=settings.runtime, socket=str(settings.socket))
        try:
            await server.run_until_stopped()
        finally:
            await host.close(stop_instances=not settings.leave_running)
            settings.socket.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """uvicorn on a socket of ours; signals are handled above."""

    capture_signals = nullcontext  # type: ignore[assignment]  # the same in use

    def __init__(self, host: AppHost, listener: socket.socket) -> None:
        config = uvicorn.Config(
            api(host),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._host = host
        self._listener = listener
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def run_until_stopped(self) -> None:
        serving = asyncio.create_task(self.serve(sockets=[self._listener]))
        await asyncio.wait(
            {serving, asyncio.create_task(self._stopped.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        self.should_exit = True
        await self._host.release_waiters()
        await serving


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


def _listener(path: Path) -> socket.socket:
    """Owner and group may speak; a socket left by an earlier run is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen()
    return listener
