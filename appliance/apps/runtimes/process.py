"""Apps as processes of this machine, for where there is no Docker engine.

All that is known about an instance is on disk (`instances/<id>/`), so the app host may end at any
moment and its successor finds every instance as it left it.
"""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog

from appliance import disk
from appliance.apps import launch
from appliance.apps.releases import environments_in_use
from appliance.apps.runtime import InstancePlan, ReleaseFiles, Report, Running
from appliance.apps.runtimes import confine, output, probing, process_tree, system_packages
from appliance.apps.runtimes.environments import Environments
from appliance.apps.runtimes.process_instances import Instance, Instances

_HOST = "127.0.0.1"
_PORTS = range(21000, 32000)
"""Below the kernel's own choice for outgoing connections, which might take one meanwhile."""
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
              "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CUDA_VISIBLE_DEVICES")  # fmt: skip
"""All that apps get of our own environment."""
_WATCH = 0.5
"""Seconds between looks at memory and output."""

_log = structlog.get_logger(__name__)


class ProcessRuntime:
    """`Runtime` with processes.

    A watch keeps the memory limit, as Unix has none for a tree of processes.
    """

    name: Literal["docker", "process"] = "process"
    default_python = f"{sys.version_info.major}.{sys.version_info.minor}"

    def __init__(self, data: Path) -> None:
        self._data = data.resolve()
        self._instances = Instances(self._data / "instances")
        self._environments = Environments(self._data / "environments", self._data / "cache" / "uv")
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def build(self, files: ReleaseFiles, report: Report) -> None:
        if missing := await system_packages.missing(files.needs.system_packages):
            report(system_packages.notice(missing))
        await self._environments.ensure(files.needs, report)

    async def start(self, plan: InstancePlan) -> Running:
        self._watching()
        known = self._instances.load(plan.id)
        if known is not None and (seen := self._running(known)).alive:
            return seen
        return await asyncio.to_thread(self._start, plan)

    async def stop(self, instance: str, grace: float) -> None:
        known = self._instances.load(instance)
        if known is not None:
            await process_tree.end(known.pid, known.created, grace)
        # Ours until it is reaped, also when this is cancelled meanwhile.
        if (child := self._children.get(instance)) is not None:
            await asyncio.to_thread(child.wait)
            self._children.pop(instance, None)
        await asyncio.to_thread(disk.remove, self._instances.folder(instance))

    async def running(self) -> Mapping[str, Running]:
        self._watching()
        return {instance.id: self._running(instance) for instance in self._instances.all()}

    async def probe(self, instance: str, path: str) -> int | None:
        known = self._instances.load(instance)
        return await probing.probe(known.address, path) if known else None

    async def active(self, instance: str) -> int | None:
        known = self._instances.load(instance)
        return await probing.active(known.address) if known else None

    async def visits(self, instance: str, key: str, question: bytes) -> bytes | None:
        known = self._instances.load(instance)
        return await probing.visits(known.address, key, question) if known else None

    async def memory(self, instance: str) -> int | None:
        known = self._instances.load(instance)
        if known is None or not known.alive:
            return None
        return process_tree.resident(process_tree.members(known.pid, known.created))

    async def logs(self, instance: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        path = self._instances.folder(instance) / "output.log"
        for line in output.tail(path, tail):
            yield line
        if follow:
            async for line in output.follow(path, lambda: not self._alive(instance)):
                yield line

    async def discard(self, app: str, release: str) -> None:
        """Environments are shared: one goes when the last release that needs it has gone."""
        _log.debug("release.discarded", app=app, release=release)
        used = await asyncio.to_thread(environments_in_use, self._data)
        await self._environments.collect(used)

    async def close(self, *, stop_instances: bool) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if stop_instances:
            await asyncio.gather(
                *(self.stop(instance.id, 5.0) for instance in self._instances.all())
            )
        for child in self._children.values():
            # Left to the next app host; Python would warn that it still runs.
            child.returncode = child.poll() or 0
        self._children.clear()

    def _start(self, plan: InstancePlan) -> Running:
        folder = self._instances.folder(plan.id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folders = self._folders(plan)
        port = self._free_port()
        listening = launch.Listening(_HOST, port, (_HOST, "::1"))
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        needs = plan.files.needs
        command = [
            sys.executable, "-I", "-S", confine.__file__, json.dumps(_limits(plan)),
            str(self._environments.python(needs)), *launch.arguments(needs.python),
        ]  # fmt: skip
        with (folder / "output.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 (no shell, no word of the command is a visitor's)
                command,
                cwd=folders.source,
                env=launch.environment(plan, folders, listening, inherited),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children[plan.id] = child
        instance = Instance(
            id=plan.id,
            app=plan.files.app,
            release=plan.files.release,
            fingerprint=plan.fingerprint,
            address=f"http://{_HOST}:{port}",
            started=datetime.now(UTC),
            memory_limit=plan.confines.memory,
            pid=child.pid,
            created=process_tree.created(child.pid),
        )
        self._instances.save(instance)
        return instance.running(alive=True)

    def _folders(self, plan: InstancePlan) -> launch.Folders:
        files = self._data / "apps" / plan.files.app / "files"
        scratch = self._instances.folder(plan.id) / "tmp"
        own = {name: files / name for name in ("temp", "examples", "data")}
        for folder in (*own.values(), scratch):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return launch.Folders(
            source=str(plan.files.source),
            scratch=str(scratch),
            server=str(self._server()),
            **{name: str(folder) for name, folder in own.items()},
        )

    def _server(self) -> Path:
        """The folder that holds `appliance_server`, written once for each version of it."""
        package = launch.server_package()
        folder = self._data / "server" / launch.server_digest(package)[:16]
        if not (folder / "complete").is_file():
            for name, content in package.items():
                disk.write(folder / launch.SERVER_PACKAGE / name, content, 0o644)
            (folder / "complete").touch()
        return folder

    def _free_port(self) -> int:
        taken = {int(instance.address.rpartition(":")[2]) for instance in self._instances.all()}
        for port in random.sample(_PORTS, len(_PORTS)):
            if port in taken:
                continue
            with socket.socket() as candidate:
                try:
                    candidate.bind((_HOST, port))
                except OSError:
                    continue
                return port
        raise OSError(f"no free port between {_PORTS.start} and {_PORTS.stop}")

    def _alive(self, instance: str) -> bool:
        known = self._instances.load(instance)
        return known is not None and known.alive

    def _watching(self) -> None:
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep_watch())

    async def _keep_watch(self) -> None:
        while True:
            for instance in self._instances.all():
                try:
                    await self._look_at(instance.id)
                except OSError as error:
                    _log.warning("instance.watch", instance=instance.id, error=str(error))
            await asyncio.sleep(_WATCH)

    def _running(self, instance: Instance) -> Running:
        child = self._children.get(instance.id)
        # A child of ours has ended only when its exit code is there: both are told at once.
        seen = self._reaped(instance)
        return seen.running(alive=seen.alive if child is None else child.returncode is None)

    def _reaped(self, instance: Instance) -> Instance:
        """With its exit code, if it has ended and is a child of ours."""
        child = self._children.get(instance.id)
        code = child.poll() if child is not None else None
        if code is None or instance.exit_code is not None:
            return instance
        ended = instance.model_copy(update={"exit_code": code})
        self._instances.save(ended)
        return ended

    async def _look_at(self, name: str) -> None:
        # Read again: it may have been stopped while another was looked at.
        instance = self._instances.load(name)
        if instance is None:
            return
        instance = self._reaped(instance)
        output.rotate(self._instances.folder(name) / "output.log")
        limit = instance.memory_limit
        if limit is None or not instance.alive:
            return
        members = process_tree.members(instance.pid, instance.created)
        if process_tree.resident(members) > limit and process_tree.proportional(members) > limit:
            self._instances.save(instance.model_copy(update={"killed_for_memory": True}))
            await process_tree.end(instance.pid, instance.created, 0)


def _limits(plan: InstancePlan) -> dict[str, int]:
    """Resource limits where they mean what the YAML says.

    Unix counts NPROC over all processes of the user, and AS over what is reserved, not used:
    neither can stand for a limit of one app.
    """
    disk_limit = plan.settings.storage.disk_limit
    return {"CORE": 0, "NOFILE": 65536} | ({"FSIZE": disk_limit} if disk_limit else {})
