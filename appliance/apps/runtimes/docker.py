"""`Runtime` with containers. The SDK blocks, so its calls run in threads."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import docker
import structlog
from docker.client import DockerClient
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from requests import RequestException

from appliance.apps import needs
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.releases import environments_in_use
from appliance.apps.runtime import (
    BuildError,
    InstancePlan,
    Needs,
    ReleaseFiles,
    Report,
    Running,
)
from appliance.apps.runtimes import probing
from appliance.apps.runtimes.docker_engine import containers, output
from appliance.apps.runtimes.docker_engine import project as labels
from appliance.apps.runtimes.docker_engine.images import Images
from appliance.apps.runtimes.docker_engine.networks import Networks
from appliance.apps.runtimes.docker_engine.project import Project, project
from appliance.config.schema import App

PYTHON = "3.13"
"""Of the app image: Debian's own."""
_PATIENCE = 300
"""Seconds the engine may be silent, as in a long step of a build."""
_GLANCE = 5
"""Seconds for the numbers of a container. Of one that just ends the engine may never tell them."""
_GOING_DOWN = 5.0
"""Seconds an instance has when the whole appliance ends."""

_log = structlog.get_logger(__name__)


class DockerRuntime:
    """Runs instances as containers of one engine."""

    name: Literal["docker", "process"] = "docker"
    default_python = PYTHON

    @classmethod
    def from_environment(cls, data: Path, env: Mapping[str, str]) -> "DockerRuntime":
        """On the engine `DOCKER_HOST` names, else the local one; see `project` for the rest.

        Raises `docker.errors.DockerException` if no engine answers.
        """
        client, glancing = (
            docker.from_env(timeout=seconds, environment=dict(env))
            for seconds in (_PATIENCE, _GLANCE)
        )
        return cls(client, glancing, project(env, data), data)

    def __init__(
        self, client: DockerClient, glancing: DockerClient, own: Project, data: Path
    ) -> None:
        """`glancing`: for questions whose answers nothing waits for."""
        self._client = client
        self._glancing = glancing
        self._project = own
        self._data = data
        self._images = Images(client, own, _default_needs(), data)
        self._networks = Networks(client, own)
        self._cpus = int(client.info()["NCPU"])
        # An app's network is made with its first instance and goes with its last.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def build(self, files: ReleaseFiles, report: Report) -> None:
        await self._images.ensure(files, report)

    async def start(self, plan: InstancePlan) -> Running:
        image = await self._images.ensure(plan.files, _silent)
        async with self._locks[plan.files.app]:
            return await asyncio.to_thread(self._start, plan, image)

    async def stop(self, instance: str, grace: float) -> None:
        found = await asyncio.to_thread(self._inspect, instance)
        if found is None:
            return
        app = found["Config"]["Labels"][labels.APP]
        await asyncio.to_thread(self._stop, found["Id"], grace)
        async with self._locks[app]:
            await asyncio.to_thread(self._remove_idle_network, app)

    async def running(self) -> Mapping[str, Running]:
        return await asyncio.to_thread(self._running)

    async def probe(self, instance: str, path: str) -> int | None:
        address = await self._address(instance)
        return await probing.probe(address, path) if address else None

    async def active(self, instance: str) -> int | None:
        address = await self._address(instance)
        return await probing.active(address) if address else None

    async def visits(self, instance: str, key: str, question: bytes) -> bytes | None:
        address = await self._address(instance)
        return await probing.visits(address, key, question) if address else None

    async def memory(self, instance: str) -> int | None:
        return await asyncio.to_thread(self._memory, instance)

    async def logs(self, instance: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        container = await asyncio.to_thread(self._find, instance)
        if container is not None:
            async for line in output.lines(container, tail=tail, follow=follow):
                yield line

    async def discard(self, app: str, release: str) -> None:
        """Environments are shared: one goes when the last release that needs it has gone."""
        await asyncio.to_thread(self._images.discard, app, release)
        used = await asyncio.to_thread(environments_in_use, self._data)
        await asyncio.to_thread(self._images.collect, used)

    async def close(self, *, stop_instances: bool) -> None:
        """Under Compose the proxy tells why we end: it ends first in `docker compose down`.

        With it gone nobody can reach an app, and nothing may be left behind. While it runs, only
        the app host is replaced, and its successor adopts the instances.
        """
        down = self._project.composed and not await asyncio.to_thread(self._networks.proxy_runs)
        if stop_instances or down:
            found = await asyncio.to_thread(self._all)
            ids = [entry["Id"] for entry in found]
            await asyncio.gather(*(asyncio.to_thread(self._stop, one, _GOING_DOWN) for one in ids))
            await asyncio.to_thread(self._networks.remove_all)
        self._glancing.close()
        self._client.close()

    def _start(self, plan: InstancePlan, image: str) -> Running:
        found = self._inspect(plan.id)
        if found is not None and found["State"]["Running"]:
            return containers.observe(found, self._project)
        try:
            subnet = self._networks.ensure(plan.files.app)
            if found is not None and found["Image"] == image:
                # As it was, so that what it wrote before its end can still be read.
                self._client.api.start(found["Id"])
            else:
                if found is not None:
                    self._stop(found["Id"], 0)
                self._create(plan, image, str(subnet)).start()
        except APIError as error:
            self._discard_unstarted(plan.id)
            raise BuildError(
                "start-failed",
                f"The engine does not start the app's container: {error.explanation}",
                remedy="Look at the app's `limits` in appliance.yaml and at the engine's own log.",
            ) from None
        inspected = self._client.api.inspect_container(self._project.container(plan.id))
        return containers.observe(inspected, self._project)

    def _create(self, plan: InstancePlan, image: str, subnet: str) -> Container:
        app = plan.files.app
        self._client.volumes.create(self._project.volume(app), labels=self._project.labels(app))
        options = containers.options(plan, self._project, subnet, self._cpus)
        return self._client.containers.create(image, **options)

    def _discard_unstarted(self, instance: str) -> None:
        found = self._inspect(instance)
        if found is not None and found["State"]["Status"] == "created":
            self._stop(found["Id"], 0)

    def _stop(self, container: str, grace: float) -> None:
        with suppress(NotFound):
            self._client.api.stop(container, timeout=round(grace))
        with suppress(NotFound):
            self._client.api.remove_container(container, force=True, v=True)

    def _remove_idle_network(self, app: str) -> None:
        if not any(entry["Labels"][labels.APP] == app for entry in self._all()):
            self._networks.remove(app)

    def _running(self) -> dict[str, Running]:
        found: dict[str, Running] = {}
        for entry in self._all():
            with suppress(NotFound):
                inspected = self._client.api.inspect_container(entry["Id"])
                running = containers.observe(inspected, self._project)
                found[running.id] = running
        if found:
            self._networks.connect_members()
        return found

    async def _address(self, instance: str) -> str | None:
        found = await asyncio.to_thread(self._inspect, instance)
        return containers.observe(found, self._project).address if found else None

    def _memory(self, instance: str) -> int | None:
        try:
            stats = self._glancing.api.stats(
                self._project.container(instance), stream=False, one_shot=True
            )
        except (NotFound, RequestException):
            return None
        return containers.resident(stats)

    def _all(self) -> list[dict[str, Any]]:
        mine = f"{labels.PROJECT}={self._project.name}"
        found: list[dict[str, Any]] = self._client.api.containers(
            all=True, filters={"label": [mine, labels.INSTANCE]}
        )
        return found

    def _inspect(self, instance: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.api.inspect_container(
                self._project.container(instance)
            )
        except NotFound:
            return None
        return found

    def _find(self, instance: str) -> Container | None:
        try:
            return self._client.containers.get(self._project.container(instance))
        except NotFound:
            return None


def _default_needs() -> Needs:
    """What the app image holds: the needs of an app whose folder asks for nothing."""
    nothing = Path("/nonexistent")
    return needs.of(nothing, App(source="."), FrontMatter(), needs.Defaults(PYTHON))


def _silent(line: str) -> None:
    """A release that starts was built before; its log is written."""
