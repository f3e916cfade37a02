"""Apps as processes: the behaviour of every runtime, and what is special to processes."""

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from appliance.apps.runtime import BuildError, Needs
from appliance.apps.runtimes.environments import Environments
from appliance.apps.runtimes.process import ProcessRuntime
from tests.integration.apps.runtime_suite import RuntimeSuite, lines_of, needs, plan_of


class TestProcessRuntime(RuntimeSuite):
    async def test_an_instance_cannot_gain_rights_and_names_no_secret_in_the_process_list(
        self, runtime: ProcessRuntime, data: Path
    ) -> None:
        script = (
            "import resource, sys\n"
            "print(open('/proc/self/status').read())\n"
            "print('core', resource.getrlimit(resource.RLIMIT_CORE))\n"
            "print('argv', open('/proc/self/cmdline').read())\n"
            "raise SystemExit(3)\n"
        )
        plan = plan_of(data, script, runtime.default_python, env={"TOKEN": "hunter22"})
        await self.started(runtime, plan)
        await self.ended(runtime, plan)
        lines = await lines_of(runtime, plan.id)
        assert "NoNewPrivs:\t1" in lines
        assert "core (0, 0)" in lines
        assert "hunter22" not in next(line for line in lines if line.startswith("argv"))

    async def test_children_of_an_app_end_with_it(
        self, runtime: ProcessRuntime, data: Path
    ) -> None:
        script = (
            "import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "print('child', child.pid)\ntime.sleep(600)\n"
        )
        plan = plan_of(data, script, runtime.default_python)
        await self.started(runtime, plan)
        async with asyncio.timeout(120):
            async for line in runtime.logs(plan.id, tail=10, follow=True):
                if line.startswith("child"):
                    child = int(line.split()[1])
                    break
        # It is nobody's child any more: whoever reaps it does so in his own time.
        running = psutil.Process(child)
        await runtime.stop(plan.id, 0.5)
        assert not _runs(running)

    async def test_an_instance_that_ends_as_it_is_started_again_is_reaped_first(
        self, runtime: ProcessRuntime, data: Path
    ) -> None:
        plan = plan_of(data, "raise SystemExit(3)\n", runtime.default_python)
        await self.started(runtime, plan)
        former = runtime._children[plan.id]
        async with asyncio.timeout(120):
            while (await runtime.start(plan)) and runtime._children[plan.id] is former:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        assert former.returncode == 3
        assert not psutil.pid_exists(former.pid)

    async def test_the_source_cannot_be_changed_by_other_users(
        self, runtime: ProcessRuntime, data: Path
    ) -> None:
        plan = plan_of(data, "print('x')\n", runtime.default_python)
        assert plan.files.source.stat().st_mode & 0o222 == 0


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_two_builders_of_one_environment_do_the_work_once(data: Path, tmp_path: Path) -> None:
    environments = Environments(tmp_path / "environments", data / "cache" / "uv")
    small = Needs(python=ProcessRuntime.default_python, requirements=("idna",))
    said: list[str] = []
    await asyncio.gather(*(environments.ensure(small, said.append) for _ in range(3)))
    assert sum(line.startswith("Creating") for line in said) == 1
    assert environments.python(small).exists()


async def test_an_environment_that_was_not_finished_is_made_anew(
    data: Path, tmp_path: Path
) -> None:
    environments = Environments(tmp_path / "environments", data / "cache" / "uv")
    small = Needs(python=ProcessRuntime.default_python, requirements=("idna",))
    (tmp_path / "environments" / small.digest / "bin").mkdir(parents=True)
    assert not environments.ready(small)
    await environments.ensure(small, lambda _: None)
    assert environments.ready(small)


async def test_environments_nobody_needs_are_removed(data: Path, tmp_path: Path) -> None:
    environments = Environments(tmp_path / "environments", data / "cache" / "uv")
    kept, gone = (
        Needs(python=ProcessRuntime.default_python, requirements=(name,))
        for name in ("idna", "six")
    )
    for each in (kept, gone):
        await environments.ensure(each, lambda _: None)
    await environments.collect([kept.digest])
    assert environments.ready(kept)
    assert not environments.python(gone).parent.parent.exists()


async def test_a_python_that_is_not_there_is_told_with_a_remedy(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    environments = Environments(tmp_path / "environments", data / "cache" / "uv")
    with pytest.raises(BuildError) as caught:
        await environments.ensure(needs("3.19"), lambda _: None)
    assert caught.value.code == "python-missing"
    assert "3.19" in caught.value.summary


async def test_a_fetch_of_packages_that_is_broken_off_leaves_no_process(
    data: Path, tmp_path: Path
) -> None:
    environments = Environments(tmp_path / "environments", data / "cache" / "uv")
    began = asyncio.Event()
    wanted = Needs(python=ProcessRuntime.default_python, requirements=("idna",))
    task = asyncio.create_task(environments.ensure(wanted, lambda _: began.set()))
    await began.wait()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    mine = psutil.Process(os.getpid()).children(recursive=True)
    assert not [process for process in mine if "uv" in process.name()]
