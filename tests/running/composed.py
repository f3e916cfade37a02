"""The Compose stack on a copy of the checkout, under a project name and a port of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import docker
import httpx
from docker.client import DockerClient
from docker.errors import ImageNotFound
from docker.models.containers import Container
from testcontainers.compose import DockerCompose

from tests.running.appliance import Appliance
from tests.running.examples import ROOT
from tests.running.process import PATIENCE, free_port

T = TypeVar("T")
_LEFT_OUT = (".git", ".venv", "node_modules", ".*_cache", "__pycache__", "data", "tests", ".env")


@dataclass(frozen=True)
class Stack:
    """What an operator of the machine sees of one appliance."""

    project: str
    folder: Path
    port: int
    share_port: int
    client: DockerClient
    compose: DockerCompose

    @property
    def appliance(self) -> Appliance:
        return Appliance("compose", f"http://localhost:{self.port}", self.folder / "appliance.yaml")

    def configure(self, apps: str) -> None:
        """Write the YAML; `apps` is what begins with `apps:`."""
        apps = apps.replace("share: {}", f"share: {{port: {self.share_port}}}")
        text = f"ports: {{local: {self.port}}}\n{apps}"
        (self.folder / "appliance.yaml").write_text(text)

    def run(self, *arguments: str) -> str:
        """`docker compose …`; raises with its output if it fails."""
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"docker compose {arguments}:\n{done.stderr[-4000:]}")
        return done.stdout

    def service(self, name: str) -> Container:
        return self.client.containers.get(f"{self.project}-{name}-1")

    def instances(self, app: str) -> list[Container]:
        """Running containers of an app; what its image is made in is none."""
        labels = (f"project={self.project}", f"app={app}", "instance")
        return self.client.containers.list(
            filters={"label": [f"{_LABEL}.{label}" for label in labels]}
        )

    def belongings(self) -> dict[str, list[str]]:
        """Names of all containers, networks and volumes of this appliance."""
        found: dict[str, set[str]] = {"containers": set(), "networks": set(), "volumes": set()}
        for label in (f"{_LABEL}.project", "com.docker.compose.project"):
            filters = {"label": f"{label}={self.project}"}
            containers = self.client.containers.list(all=True, filters=filters)
            found["containers"] |= {str(one.name) for one in containers}
            networks = self.client.networks.list(filters=filters)
            found["networks"] |= {str(one.name) for one in networks}
            volumes = self.client.volumes.list(filters=filters)
            found["volumes"] |= {str(one.name) for one in volumes}
        return {kind: sorted(names) for kind, names in found.items()}

    def get(self, path: str) -> httpx.Response:
        """What a browser on the machine gets."""
        return httpx.get(self.appliance.origin + path, follow_redirects=True, timeout=PATIENCE)

    def visit(self, host: str) -> dict[str, Any]:
        """The JSON at a name below localhost, for a visitor who claims to be somebody else."""
        headers = {"Host": f"{host}:{self.port}", "X-Forwarded-For": "6.6.6.6"}
        answer = httpx.get(f"http://127.0.0.1:{self.port}/", headers=headers, timeout=PATIENCE)
        return dict(answer.json()) if answer.is_success else {}

    def answers(self, path: str) -> bool:
        try:
            return self.get(path).is_success
        except httpx.HTTPError:
            return False


_LABEL = "gradio-appliance"


@contextmanager
def composed(folder: Path, apps: str | None = None) -> Iterator[Stack]:
    """`docker compose up -d --build --wait`; afterwards everything it made is removed.

    Without `apps` it runs those of the shipped YAML.
    """
    # Its reaper would have to be pulled; what is left is removed below.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    shutil.copytree(
        ROOT, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True, dirs_exist_ok=True
    )
    project, port, share_port = f"stack-{uuid4().hex[:8]}", free_port(), free_port()
    (folder / ".env").write_text(
        f"COMPOSE_PROJECT_NAME={project}\nAPPLIANCE_PUBLISH_LOCAL=127.0.0.1:{port}\n"
        f"APPLIANCE_PUBLISH_SHARE=127.0.0.1:{share_port}\n"
    )
    compose = DockerCompose(folder, build=True, wait=True)
    client = docker.from_env()
    stack = Stack(project, folder, port, share_port, client, compose)
    stack.configure(apps or (ROOT / "appliance.yaml").read_text())
    try:
        compose.start()
        yield stack
    finally:
        # How it ends when it is given time is what tests of its life see.
        stack.run("down", "--volumes", "--timeout", "1")
        _clear(stack)
        client.close()


def until(condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true answer; raises `TimeoutError` without one in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {condition}")
        time.sleep(0.2)
    return found


def _clear(stack: Stack) -> None:
    filters = {"label": f"{_LABEL}.project={stack.project}"}
    for container in stack.client.containers.list(all=True, filters=filters):
        container.remove(force=True, v=True)
    for network in stack.client.networks.list(filters=filters):
        network.remove()
    for name in stack.belongings()["volumes"]:
        stack.client.volumes.get(name).remove()
    tags = [tag for image in stack.client.images.list() for tag in image.tags]
    # What an image is made of is removed after it.
    for tag in sorted(tags, key=lambda tag: "/app-" not in tag):
        if tag.startswith(f"{stack.project}/"):
            try:
                stack.client.images.remove(tag, force=True, noprune=True)
            except ImageNotFound:
                continue
