"""The app host as a process of its own, spoken to over its socket."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from appliance.apps.model import AppSpec, Desired, HostStatus, Phase, Placement
from appliance.apps.runtimes.process import ProcessRuntime
from appliance.config.schema import App
from appliance.control.apphost import AppHost, AppHostAway, AppHostRefused
from tests.integration.apps.runtime_suite import eventually

SCRIPT = "import gradio as gr\nprint('hello from the app')\nwith gr.Blocks() as demo:\n    pass\n"


def desired(base: Path, *names: str) -> str:
    for name in names:
        (base / name).mkdir(exist_ok=True)
        (base / name / "app.py").write_text(SCRIPT)
    apps = tuple(
        AppSpec(name=name, app=App(source=name), placement=Placement(root=None, path=f"/{name}"))
        for name in names
    )
    return Desired(apps=apps, base_folder=str(base)).model_dump_json()


@asynccontextmanager
async def app_host(
    data: Path, run: Path, *options: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance", "apps-host", *options,
        env={**os.environ, "APPLIANCE_DATA": str(data), "APPLIANCE_RUN": str(run)},
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await eventually(lambda: answers(run), lambda well: well)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def client(run: Path) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(uds=str(run / "apps.sock"))
    return httpx.AsyncClient(transport=transport, base_url="http://apps", timeout=60)


async def answers(run: Path) -> bool:
    async with client(run) as http:
        try:
            return (await http.get("/healthz")).status_code == 200
        except httpx.TransportError:
            return False


async def until_live(http: httpx.AsyncClient, status: HostStatus) -> HostStatus:
    async with asyncio.timeout(240):
        while status.apps[0].phase is not Phase.LIVE:
            answer = await http.get("/apps", params={"after": status.version, "timeout": 25})
            status = HostStatus.model_validate_json(answer.content)
    return status


async def ask_as_control_does(run: Path) -> None:
    """What the pages show and do."""
    asking = AppHost(run / "apps.sock")
    lines = [line async for line in asking.lines("hello", "logs", tail=50, follow=False)]
    assert "hello from the app" in lines
    following = asking.lines("hello", "logs", tail=50, follow=True)
    assert await anext(following) == lines[0]
    await following.aclose()  # type: ignore[attr-defined]
    assert [line async for line in asking.lines("nobody", "logs", tail=5, follow=False)] == []
    with pytest.raises(AppHostRefused, match="former release"):
        await asking.act("hello", "rollback")
    with pytest.raises(AppHostRefused, match="no app 'nobody'"):
        await asking.act("nobody", "restart")
    await asking.close()
    nobody = AppHost(run / "nobody.sock")
    with pytest.raises(AppHostAway, match="no app host at"):
        await anext(nobody.lines("hello", "logs", tail=5, follow=True))
    await nobody.close()


@pytest.fixture
async def left(data: Path) -> AsyncIterator[None]:
    """Whatever a test leaves running is ended."""
    yield
    await ProcessRuntime(data).close(stop_instances=True)


@pytest.mark.usefixtures("left")
async def test_apps_outlive_an_app_host_that_is_killed_and_end_with_one_that_is_told_to(
    data: Path, tmp_path: Path
) -> None:
    wanted = desired(tmp_path, "hello")
    run = tmp_path / "run"
    async with app_host(data, run) as first, client(run) as http:
        assert stat.S_IMODE((run / "apps.sock").stat().st_mode) == 0o660
        answer = await http.put(
            "/apps", content=wanted, headers={"Content-Type": "application/json"}
        )
        before = await until_live(http, HostStatus.model_validate_json(answer.content))
        [instance] = before.apps[0].instances
        assert (await http.post("/apps/hello/routed", json={"instances": [instance.id]})).is_success
        assert "hello from the app" in (await http.get("/apps/hello/logs")).text.splitlines()
        assert "Installing" in (await http.get("/apps/hello/build")).text or before.apps[0].releases
        for verb in ("deploy", "restart", "rollback", "routed"):
            body = {"instances": []} if verb == "routed" else None
            assert (await http.post(f"/apps/nobody/{verb}", json=body)).status_code == 404
        refused = await http.post("/apps/hello/rollback", json={"to": None})
        assert refused.status_code == 409
        assert "former release" in refused.json()["detail"]
        await ask_as_control_does(run)
        first.kill()
        await first.wait()

    async with httpx.AsyncClient(trust_env=False, timeout=60) as visitor:
        assert (await visitor.get(f"{instance.address}/hello/config")).status_code == 200

    async with app_host(data, run) as second, client(run) as http:
        answer = await http.put(
            "/apps", content=wanted, headers={"Content-Type": "application/json"}
        )
        [seen] = HostStatus.model_validate_json(answer.content).apps
        assert [one.id for one in seen.instances] == [instance.id]
        assert seen.phase is Phase.LIVE
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 60) == 0
    assert not await ProcessRuntime(data).running()


async def test_a_second_app_host_on_the_same_data_is_refused(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    async with app_host(data, run):
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance", "apps-host",
            env={**os.environ, "APPLIANCE_DATA": str(data), "APPLIANCE_RUN": str(tmp_path / "r2")},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await asyncio.wait_for(second.communicate(), 120)
        assert second.returncode == 1
        assert "Another app host" in said.decode()


@pytest.mark.usefixtures("left")
async def test_instances_can_be_left_to_the_next_app_host(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    wanted = desired(tmp_path, "hello")
    async with app_host(data, run, "--leave-running") as host, client(run) as http:
        answer = await http.put(
            "/apps", content=wanted, headers={"Content-Type": "application/json"}
        )
        await until_live(http, HostStatus.model_validate_json(answer.content))
        host.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(host.wait(), 60) == 0
    [left] = (await ProcessRuntime(data).running()).values()
    assert left.alive
    assert psutil.pid_exists(ProcessRuntime(data)._instances.load(left.id).pid)
