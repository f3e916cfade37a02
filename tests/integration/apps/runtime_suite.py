"""What every runtime must do, whatever it runs apps in. Collected where a `runtime` fixture is.

A test module subclasses `RuntimeSuite` and provides the fixtures `runtime` (a `Runtime` on an empty
data folder) and `reopen` (makes another runtime on the same data, as a new app host would).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from appliance.apps import planning
from appliance.apps.model import AppSpec, Placement
from appliance.apps.needs import DEFAULT_GRADIO
from appliance.apps.planning import Blueprint, Context
from appliance.apps.runtime import (
    BuildError,
    InstancePlan,
    Needs,
    ReleaseFiles,
    Running,
    Runtime,
)
from appliance.config.schema import App

T = TypeVar("T")
HELLO = "import gradio as gr\ndemo = gr.Interface(lambda n: f'Hi {n}', 'text', 'text')\n"


def needs(python: str, *requirements: str) -> Needs:
    """The environment that all tests of a run share."""
    own = ("httptools", "pyjwt[crypto]", f"gradio[mcp,oauth]=={DEFAULT_GRADIO}")
    return Needs(python=python, requirements=tuple(sorted({*own, *requirements})))


def plan_of(
    folder: Path, script: str, python: str, *, name: str = "hello", **keys: object
) -> InstancePlan:
    """An instance of a script; `keys` are those of the app in the YAML."""
    source = folder / "apps" / name / "releases" / f"r1-{secrets.token_hex(4)}" / "source"
    source.mkdir(parents=True)
    (source / "app.py").write_text(script)
    source.chmod(0o555)
    app = App.model_validate({"source": name, **keys})
    spec = AppSpec(name=name, app=app, placement=Placement(root=None, path=f"/{name}"))
    context = Context(folder, telemetry=False, key=b"k" * 32, server="s")
    files = ReleaseFiles(name, source.parent.name, source, needs(python))
    return Blueprint(spec, planning.variables(spec, context), 0, context).plan(files, "app.py", 0)


async def eventually(
    look: Callable[[], Awaitable[T]], good: Callable[[T], bool], within: float = 240
) -> T:
    deadline = monotonic() + within
    while not good(seen := await look()):
        assert monotonic() < deadline, f"still {seen!r} after {within} s"
        await asyncio.sleep(0.1)
    return seen


async def lines_of(runtime: Runtime, instance: str) -> list[str]:
    return [line async for line in runtime.logs(instance, tail=200, follow=False)]


class RuntimeSuite:
    """Behaviour of a runtime."""

    @staticmethod
    async def started(runtime: Runtime, plan: InstancePlan) -> Running:
        await runtime.build(plan.files, lambda _: None)
        return await runtime.start(plan)

    @staticmethod
    async def ended(runtime: Runtime, plan: InstancePlan) -> Running:
        async def look() -> Mapping[str, Running]:
            return await runtime.running()

        seen = await eventually(look, lambda all_: not all_[plan.id].alive)
        return seen[plan.id]

    @staticmethod
    async def ready(runtime: Runtime, plan: InstancePlan) -> None:
        await eventually(lambda: runtime.probe(plan.id, "/readyz"), lambda code: code == 200)

    async def test_an_app_becomes_ready_is_adopted_and_leaves_no_trace(
        self, runtime: Runtime, reopen: Callable[[], Runtime], data: Path
    ) -> None:
        plan = plan_of(data, HELLO, runtime.default_python)
        first = await self.started(runtime, plan)
        assert first.alive
        assert (first.app, first.release) == ("hello", plan.files.release)
        assert await runtime.start(plan) == first
        await self.ready(runtime, plan)
        assert await runtime.probe(plan.id, "/healthz") == 200
        assert await runtime.active(plan.id) == 0
        assert (await runtime.memory(plan.id) or 0) > 10 * 2**20

        await runtime.close(stop_instances=False)
        later = reopen()
        assert (await later.running())[plan.id] == first
        assert await later.probe(plan.id, "/readyz") == 200
        await later.stop(plan.id, 10)
        assert plan.id not in await later.running()
        assert await later.probe(plan.id, "/healthz") is None
        await later.stop(plan.id, 10)
        await later.close(stop_instances=True)

    async def test_a_script_that_raises_ends_with_its_traceback(
        self, runtime: Runtime, data: Path
    ) -> None:
        plan = plan_of(data, "def f():\n    1 / 0\nf()\n", runtime.default_python)
        await self.started(runtime, plan)
        end = await self.ended(runtime, plan)
        assert end.exit_code == 1
        lines = await lines_of(runtime, plan.id)
        assert lines[-1] == "ZeroDivisionError: division by zero"
        assert any('app.py", line 2' in line for line in lines)

    async def test_an_app_that_uses_too_much_memory_is_ended_for_it(
        self, runtime: Runtime, data: Path
    ) -> None:
        greedy = "hoard = []\nwhile True:\n    hoard.append(bytearray(8 << 20))\n"
        plan = plan_of(data, greedy, runtime.default_python, limits={"memory": "600mb"})
        await self.started(runtime, plan)
        assert (await self.ended(runtime, plan)).killed_for_memory

    async def test_an_app_gets_its_own_variables_and_none_of_ours(
        self, runtime: Runtime, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OUR_TOKEN", "ours")
        script = (
            "import os\nfor k, v in os.environ.items():\n    print(f'{k}={v}')\n"
            "raise SystemExit(3)\n"
        )
        plan = plan_of(data, script, runtime.default_python, env={"MODEL": "tiny"})
        await self.started(runtime, plan)
        await self.ended(runtime, plan)
        variables = dict(
            line.split("=", 1) for line in await lines_of(runtime, plan.id) if "=" in line
        )
        assert variables["MODEL"] == "tiny"
        assert variables["GRADIO_ANALYTICS_ENABLED"] == "False"
        assert variables["HF_HUB_DISABLE_TELEMETRY"] == "1"
        assert "OUR_TOKEN" not in variables

    async def test_what_an_app_keeps_in_its_home_outlives_it(
        self, runtime: Runtime, data: Path
    ) -> None:
        script = (
            "import pathlib\nkept = pathlib.Path.home() / 'kept'\n"
            "print('found', kept.exists())\nkept.touch()\nraise SystemExit(3)\n"
        )
        for expected in ("found False", "found True"):
            plan = plan_of(data, script, runtime.default_python, name="keeper")
            await self.started(runtime, plan)
            await self.ended(runtime, plan)
            assert expected in await lines_of(runtime, plan.id)
            await runtime.stop(plan.id, 5)

    async def test_output_is_followed_until_the_app_ends(
        self, runtime: Runtime, data: Path
    ) -> None:
        script = "import time\nfor n in range(5):\n    print('line', n)\n    time.sleep(0.3)\n"
        plan = plan_of(data, script + "raise SystemExit(3)\n", runtime.default_python)
        await self.started(runtime, plan)
        async with asyncio.timeout(120):
            lines = [line async for line in runtime.logs(plan.id, tail=200, follow=True)]
        assert [line for line in lines if line.startswith("line")] == [
            f"line {n}" for n in range(5)
        ]

    async def test_a_requirement_that_does_not_exist_is_told_in_the_builders_words(
        self, runtime: Runtime, data: Path
    ) -> None:
        plan = plan_of(data, HELLO, runtime.default_python)
        broken = needs(runtime.default_python, "gradio==6.31.0", "httptools==0.0.0.1")
        files = ReleaseFiles("hello", "r9-0", plan.files.source, broken)
        said: list[str] = []
        with pytest.raises(BuildError) as caught:
            await runtime.build(files, said.append)
        assert caught.value.code == "requirements-failed"
        assert "httptools" in caught.value.detail
        assert said
