"""The runtime on its own: what its builds say, what its containers may use, how they end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.apps import needs
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.runtimes.base import (
    BuildError,
    Confines,
    InstancePlan,
    Needs,
    ReleaseFiles,
    Running,
)
from appliance.apps.runtimes.docker import PYTHON, DockerRuntime
from appliance.apps.runtimes.docker_engine.project import project
from appliance.apps.server.settings import Identity, Settings, Storage
from appliance.config.schema import App
from tests.running.composed import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

DEFAULT = needs.of(
    Path("/nonexistent"), App(source="."), FrontMatter(), needs.Defaults(python=PYTHON)
)


@pytest.fixture
async def runtime(stack: Stack, tmp_path: Path) -> AsyncIterator[DockerRuntime]:
    """One that shares nothing with the stack but the image of apps."""
    env = {"APPLIANCE_APP_IMAGE": f"{stack.project}/app:local"}
    own = DockerRuntime.from_environment(tmp_path, env)
    yield own
    # An image goes only after what runs from it.
    for instance in await own.running():
        await own.stop(instance, 0)
    await own.discard("tried", "r1")
    await own.close(stop_instances=True)
    name = project(env, tmp_path).volume("tried")
    for volume in stack.client.volumes.list(filters={"name": name}):
        volume.remove()


def files(folder: Path, script: str = "", wants: Needs = DEFAULT) -> ReleaseFiles:
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "app.py").write_text(script or "import gradio as gr\nwith gr.Blocks() as demo: ...\n")
    return ReleaseFiles(app="tried", release="r1", source=source, needs=wants)


def plan(release: ReleaseFiles, memory: int | None = None) -> InstancePlan:
    nowhere = Storage(temp="", examples="", data="")
    settings = Settings(
        app="tried", file="app.py", listen_host="", listen_port=1, root=None, path="/tried",
        storage=nowhere, identity=Identity(audience="tried"),
    )  # fmt: skip
    confines = Confines(memory=memory, cpus=64.0, pids=256, gpus=0)
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


async def test_a_requirement_that_does_not_exist_is_named(
    runtime: DockerRuntime, tmp_path: Path
) -> None:
    wants = replace(DEFAULT, requirements=(*DEFAULT.requirements, "gradio-client==0.0.0.1"))
    with pytest.raises(BuildError) as failure:
        await runtime.build(files(tmp_path, wants=wants), lambda _: None)
    assert failure.value.code == "requirements-failed"
    assert "gradio-client==0.0.0.1" in failure.value.detail


async def test_an_app_beyond_its_memory_ends_for_that_reason(
    runtime: DockerRuntime, tmp_path: Path
) -> None:
    release = files(tmp_path, "hoard = b'x' * 2**30\n")
    await runtime.build(release, lambda _: None)
    await runtime.start(plan(release, memory=512 * 2**20))
    assert (await ended(runtime, "tried-r1-0")).killed_for_memory


async def test_a_successor_finds_what_was_started_and_stopping_leaves_no_trace(
    runtime: DockerRuntime, stack: Stack, tmp_path: Path
) -> None:
    release = files(tmp_path)
    await runtime.build(release, lambda _: None)
    started = await runtime.start(plan(release))
    assert await runtime.start(plan(release)) == started

    env = {"APPLIANCE_APP_IMAGE": f"{stack.project}/app:local"}
    successor = DockerRuntime.from_environment(tmp_path, env)
    assert dict(await successor.running()) == {started.id: started}
    async with asyncio.timeout(120):
        while await successor.probe(started.id, "/healthz") != 200:  # noqa: ASYNC110 - only polling tells
            await asyncio.sleep(0.2)
    assert (await successor.memory(started.id) or 0) > 10 * 2**20

    await successor.stop(started.id, 5)
    assert not await runtime.running()
    name = project(env, tmp_path).network("tried")
    assert not stack.client.networks.list(names=[name])
    await successor.close(stop_instances=False)
