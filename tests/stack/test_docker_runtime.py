"""The runtime on its own: what its builds say, what its containers may use, how they end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.apps import needs
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.runtime import (
    Confines,
    InstancePlan,
    Needs,
    ReleaseFiles,
    Running,
)
from appliance.apps.runtimes.docker import PYTHON, DockerRuntime
from appliance.apps.runtimes.docker_engine.project import PROJECT, project
from appliance.apps.server.settings import Identity, Settings, Storage
from appliance.config.schema import App
from tests.integration.apps.runtime_suite import HELLO, RuntimeSuite, plan_of
from tests.running.composed import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

DEFAULT = needs.of(
    Path("/nonexistent"), App(source="."), FrontMatter(), needs.Defaults(python=PYTHON)
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def reopen(stack: Stack, data: Path) -> Callable[[], DockerRuntime]:
    """Shares nothing with the stack but the image of apps."""
    return lambda: DockerRuntime.from_environment(data, environment(stack))


@pytest.fixture
async def runtime(
    stack: Stack, data: Path, reopen: Callable[[], DockerRuntime]
) -> AsyncIterator[DockerRuntime]:
    own = reopen()
    yield own
    await own.close(stop_instances=True)
    mine = {"label": f"{PROJECT}={project(environment(stack), data).name}"}
    tags = [tag for image in stack.client.images.list(filters=mine) for tag in image.tags]
    for tag in sorted(tags, key=lambda tag: "/environment:" in tag):
        stack.client.images.remove(tag, force=True, noprune=True)
    for volume in stack.client.volumes.list(filters=mine):
        volume.remove()


def environment(stack: Stack) -> dict[str, str]:
    return {"APPLIANCE_APP_IMAGE": f"{stack.project}/app:local"}


class TestDockerRuntime(RuntimeSuite):
    async def test_stopping_the_last_instance_removes_the_apps_network(
        self, runtime: DockerRuntime, stack: Stack, data: Path
    ) -> None:
        network = project(environment(stack), data).network("hello")
        plan = plan_of(data, HELLO, runtime.default_python)
        await self.started(runtime, plan)
        assert stack.client.networks.list(names=[network])
        await runtime.stop(plan.id, 5)
        assert not stack.client.networks.list(names=[network])


def files(folder: Path, script: str = "", wants: Needs = DEFAULT) -> ReleaseFiles:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "app.py").write_text(script or "import gradio as gr\nwith gr.Blocks() as demo: ...\n")
    return ReleaseFiles(app="tried", release="r1", source=source, needs=wants)


def plan(release: ReleaseFiles) -> InstancePlan:
    nowhere = Storage(temp="", examples="", data="")
    settings = Settings(
        app="tried", file="app.py", listen_host="", listen_port=1, root=None, path="/tried",
        storage=nowhere, identity=Identity(audience="tried"),
    )  # fmt: skip
    confines = Confines(memory=None, cpus=64.0, pids=256, gpus=0)
    return InstancePlan("tried-r1-0", release, settings, "f1", {"WORD": "secret"}, confines)


async def ended(runtime: DockerRuntime, instance: str) -> Running:
    async with asyncio.timeout(120):
        while (found := (await runtime.running())[instance]).alive:  # noqa: ASYNC110 - only polling tells
            await asyncio.sleep(0.2)
    return found


async def test_an_app_that_needs_nothing_special_needs_no_build(
    runtime: DockerRuntime, tmp_path: Path
) -> None:
    said: list[str] = []
    await runtime.build(files(tmp_path), said.append)
    assert said == []


async def test_packages_of_all_three_files_are_installed_and_told(
    runtime: DockerRuntime, tmp_path: Path
) -> None:
    # True everywhere and new each time: the engine's build cache would have nothing to tell.
    always = f"platform_version != '{uuid4().hex}'"
    wants = replace(
        DEFAULT,
        requirements=(*DEFAULT.requirements, f"humanize==4.12.0; {always}"),
        pre_requirements=("wheel",),
        system_packages=("figlet",),
    )
    script = (
        "import humanize, wheel, subprocess\nprint(subprocess.check_output(['figlet', '-v']))\n"
    )
    said: list[str] = []
    release = files(tmp_path, script + "raise SystemExit(0)\n", wants)
    await runtime.build(release, said.append)
    assert any("humanize==4.12.0" in line for line in said)
    assert not any("\x1b" in line for line in said)

    await runtime.start(plan(release))
    await ended(runtime, "tried-r1-0")
    lines = [line async for line in runtime.logs("tried-r1-0", tail=50, follow=False)]
    assert any("FIGlet" in line for line in lines), lines
