"""The app host with real apps as processes, and a control process that confirms every route."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import psutil
import pytest

from appliance.apps.host import AppHost
from appliance.apps.model import (
    AppSpec,
    AppStatus,
    Desired,
    InstanceState,
    Outcome,
    Phase,
    Placement,
)
from appliance.apps.runtimes.process import ProcessRuntime
from appliance.apps.thumbnails import Picture
from appliance.apps.upkeep import NobodyThereError
from appliance.config.schema import App
from tests.integration.apps.runtime_suite import eventually

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
GOOD = "import gradio as gr\nwith gr.Blocks(title='{0}') as demo:\n    gr.Markdown('{0}')\n"


class Stage:
    """A folder with apps, an app host on it, and what control does: route to what is ready."""

    def __init__(self, base: Path, data: Path) -> None:
        self.base = base
        self.data = data
        self.runtime = ProcessRuntime(data)
        self.host = AppHost(self.runtime, data)
        self.apps: dict[str, App] = {}
        self.routed: set[str] = set()
        """Apps that control has routed to: until then a successor does not know that they serve."""
        self.control = asyncio.create_task(self.follow())

    def write(self, name: str, script: str, file: str = "app.py") -> None:
        (self.base / name).mkdir(exist_ok=True)
        (self.base / name / file).write_text(script)

    async def want(self, **apps: object) -> None:
        self.apps = {name: App.model_validate(keys) for name, keys in apps.items()}
        specs = tuple(
            AppSpec(name=name, app=app, placement=Placement(root=None, path=f"/{name}"))
            for name, app in self.apps.items()
        )
        await self.host.want(Desired(apps=specs, base_folder=str(self.base)))

    async def follow(self) -> None:
        version = -1
        while True:
            status = await self.host.wait(version, 10)
            version = status.version
            for app in status.apps:
                ready = [
                    one.id
                    for one in app.instances
                    if one.state is InstanceState.READY and one.release == app.live
                ]
                if ready:
                    self.host.app(app.name).routed(tuple(ready))
                    self.routed.add(app.name)
            await asyncio.sleep(0.05)

    async def until(
        self, name: str, good: Callable[[AppStatus], bool], within: float = 240
    ) -> AppStatus:
        async def look() -> AppStatus | None:
            return next((app for app in self.host.status.apps if app.name == name), None)

        seen = await eventually(look, lambda app: app is not None and good(app), within)
        assert seen is not None
        return seen

    async def close(self, *, stop_instances: bool = True) -> None:
        self.control.cancel()
        await asyncio.gather(self.control, return_exceptions=True)
        await self.host.close(stop_instances=stop_instances)


@pytest.fixture
async def stage(tmp_path: Path, data: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path, data)
    yield stage
    await stage.close()


def alone(release: str) -> Callable[[AppStatus], bool]:
    """Only this release runs, and visitors are served from it."""

    def check(app: AppStatus) -> bool:
        states = [(one.release, one.state) for one in app.instances]
        return app.live == release and states == [(release, InstanceState.READY)]

    return check


def failed(app: AppStatus) -> bool:
    return app.problem is not None


def newest(app: AppStatus) -> str:
    return app.releases[0].id


async def title(app: AppStatus) -> str:
    """The page's title, as a visitor of the live release sees it."""
    address = next(one.address for one in app.instances if one.release == app.live)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        config = (await client.get(f"{address}/{app.name}/config")).json()
    return str(config["title"])


async def its_own_server_empties_its_folders(stage: Stage, app: AppStatus) -> None:
    """For the app host alone."""
    old = stage.data / f"apps/{app.name}/files/temp/old.png"
    old.write_bytes(bytes(5000))
    os.utime(old, (1, 1))
    assert (await stage.host.storage(app.name)).temp >= 5000
    async with httpx.AsyncClient(trust_env=False, timeout=60) as stranger:
        await stranger.delete(f"{app.instances[0].address}/storage/temp")
    assert old.exists()
    await stage.host.clean(app.name, "temp")
    assert not old.exists()


async def test_the_life_of_an_app(stage: Stage) -> None:
    stage.write("hello", GOOD.format("one"))
    (stage.base / "hello" / "thumbnail.png").write_bytes(PNG)
    await stage.want(hello={"source": "hello", "drain": "1s"})
    first = await stage.until("hello", lambda app: app.phase is Phase.LIVE)
    one = newest(first)
    assert await title(first) == "one"
    assert await stage.host.thumbnail("hello") == Picture(PNG, "image/png")

    await its_own_server_empties_its_folders(stage, first)

    # Saving a script that cannot run takes nothing away.
    stage.write("hello", "import gradio\nraise RuntimeError('half-written')\n")
    broken = await stage.until("hello", lambda app: failed(app) and len(app.instances) == 1)
    assert broken.phase is Phase.LIVE
    assert broken.problem is not None
    assert broken.problem.summary == "app.py raised RuntimeError: half-written"
    assert "Traceback" in broken.problem.detail
    assert broken.releases[0].outcome is Outcome.FAILED
    assert broken.instances == first.instances or alone(one)(broken)

    # Mended: a new release takes over, the old one drains.
    stage.write("hello", GOOD.format("three"))
    third = await stage.until(
        "hello", lambda app: len(app.releases) == 3 and alone(newest(app))(app)
    )
    assert await title(third) == "three"
    assert third.problem is None
    assert {r.id: r.outcome for r in third.releases}[one] is Outcome.RETIRED

    # Back to the one before, until somebody deploys.
    stage.host.app("hello").rollback(None)
    back = await stage.until("hello", alone(one))
    assert back.pinned
    assert await title(back) == "one"
    stage.host.app("hello").deploy()
    fourth = await stage.until(
        "hello", lambda app: len(app.releases) == 4 and alone(newest(app))(app)
    )
    assert not fourth.pinned
    assert await title(fourth) == "three"

    # Other settings: the same release in a new instance.
    await stage.want(hello={"source": "hello", "drain": "1s", "env": {"A": "1"}})
    before = fourth.instances[0].id
    changed = await stage.until(
        "hello", lambda app: alone(newest(fourth))(app) and app.instances[0].id != before
    )

    # Without its cached examples an app is started anew, to make them again.
    await stage.host.clean("hello", "examples")
    before = changed.instances[0].id
    changed = await stage.until(
        "hello", lambda app: alone(newest(fourth))(app) and app.instances[0].id != before
    )

    # An end by accident is made good.
    state = stage.runtime._instances.load(changed.instances[0].id)
    assert state is not None
    psutil.Process(state.pid).send_signal(signal.SIGKILL)
    again = await stage.until(
        "hello", lambda app: alone(newest(fourth))(app) and app.instances[0].restarts > 0
    )
    assert again.instances[0].restarts == 1

    # No longer in the YAML: it stops, and what it is made of stays.
    await stage.want()
    await eventually(stage.runtime.running, lambda running: not running)
    with pytest.raises(NobodyThereError):
        await stage.host.storage("hello")
    assert len(list((stage.data / "apps/hello/releases").iterdir())) == 4


async def test_broken_apps_are_told_apart_and_hold_up_no_other(stage: Stage) -> None:
    stage.write("good", GOOD.format("good"))
    stage.write("raises", "import gradio\n1 / 0\n")
    stage.write("other", GOOD.format("other"), file="main.py")
    stage.write("slow", "import time\ntime.sleep(600)\n")
    stage.write("requires", GOOD.format("x"))
    stage.write("requires", "no-such-package-of-ours==9.9.9\n", file="requirements.txt")
    stage.write("old", GOOD.format("x"))
    stage.write("old", "---\nsdk: gradio\nsdk_version: 4.44.0\n---\n", file="README.md")
    stage.write("secret", GOOD.format("x"))
    await stage.want(
        good={"source": "good"},
        raises={"source": "raises"},
        other={"source": "other"},
        missing={"source": "missing"},
        slow={"source": "slow", "start_timeout": "8s"},
        requires={"source": "requires"},
        old={"source": "old"},
        secret={"source": "secret", "secrets": {"TOKEN": {"file": "no-such-file"}}},
    )
    codes = {
        "raises": "script-raised",
        "other": "file-missing",
        "missing": "source-missing",
        "slow": "not-ready",
        "requires": "requirements-failed",
        "old": "gradio-too-old",
        "secret": "secret-missing",
    }
    for name, code in codes.items():
        status = await stage.until(name, lambda app: app.phase is Phase.FAILED)
        assert status.problem is not None
        assert (name, status.problem.code) == (name, code)
        assert status.problem.remedy
    good = await stage.until("good", lambda app: app.phase is Phase.LIVE)
    assert await title(good) == "good"
    await eventually(lambda: _status(stage), lambda converged: converged)

    # A folder that appears is noticed.
    stage.write("missing", GOOD.format("found"))
    found = await stage.until("missing", lambda app: app.phase is Phase.LIVE)
    assert found.problem is None


async def _status(stage: Stage) -> bool:
    return stage.host.status.converged


async def test_a_successor_finds_everything_as_it_was(stage: Stage, tmp_path: Path) -> None:
    stage.write("hello", GOOD.format("one"))
    wanted = {"hello": {"source": "hello"}}
    await stage.want(**wanted)
    before = await stage.until(
        "hello", lambda app: app.phase is Phase.LIVE and app.name in stage.routed
    )
    await stage.close(stop_instances=False)

    later = Stage(tmp_path, stage.data)
    try:
        await later.want(**wanted)
        # In the very first answer: control would take the route away otherwise.
        [seen] = later.host.status.apps
        assert (seen.phase, seen.live) == (Phase.LIVE, before.live)
        assert [one.address for one in seen.instances] == [one.address for one in before.instances]
        assert seen.instances[0].state is InstanceState.READY
        lines = [line async for line in later.host.logs("hello", tail=5, follow=False)]
        assert any("Serving hello on" in line for line in lines)
        await eventually(lambda: _status(later), lambda converged: converged)
        [after] = later.host.status.apps
        assert [one.id for one in after.instances] == [one.id for one in before.instances]
        assert len(after.releases) == 1
    finally:
        await later.close()


async def test_after_a_power_cut_apps_start_at_once_and_nobody_hears_of_a_failure(
    stage: Stage, tmp_path: Path
) -> None:
    stage.write("hello", GOOD.format("one"))
    wanted = {"hello": {"source": "hello"}}
    await stage.want(**wanted)
    before = await stage.until(
        "hello", lambda app: app.phase is Phase.LIVE and app.name in stage.routed
    )
    await stage.close(stop_instances=False)
    [instance] = before.instances
    running = stage.runtime._instances.load(instance.id)
    os.killpg(running.pid, signal.SIGKILL)
    await eventually(lambda: _runs(stage, instance.id), lambda runs: not runs)

    later = Stage(tmp_path, stage.data)
    try:
        await later.want(**wanted)
        told = [later.host.status]
        while told[-1].apps[0].phase is not Phase.LIVE:
            told.append(await later.host.wait(told[-1].version, 60))
        apps = [status.apps[0] for status in told]
        assert {app.phase for app in apps[:-1]} <= {Phase.WAITING, Phase.STARTING}
        assert [app.problem for app in apps if app.problem] == []
        assert not told[0].converged
    finally:
        await later.close()


async def _runs(stage: Stage, instance: str) -> bool:
    return (await stage.runtime.running())[instance].alive
