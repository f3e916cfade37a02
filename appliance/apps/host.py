"""The app host: all apps of this machine."""

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from time import time

import structlog

from appliance import disk
from appliance.apps import launch, thumbnails, upkeep, visiting
from appliance.apps.acting import GRACE, crash_lines
from appliance.apps.building import Builder
from appliance.apps.model import AppSpec, AppStatus, Desired, HostStatus, Storage
from appliance.apps.needs import Defaults
from appliance.apps.planning import Context, host_word
from appliance.apps.releases import ReleaseStore
from appliance.apps.runtime import Running, Runtime
from appliance.apps.runtimes import output
from appliance.apps.sourcing import Sourcing
from appliance.apps.supervision import Host, Supervised
from appliance.visits.model import Ask, Reports

_FRESH = 0.2
"""Seconds for which one look at the runtime serves all apps."""

_log = structlog.get_logger(__name__)


class AppHost:
    """Supervises what the control process desires."""

    def __init__(self, runtime: Runtime, data: Path, builds: int = 1) -> None:
        self._runtime = runtime
        self._data = data.resolve()
        self._store = ReleaseStore(self._data)
        self._turns = asyncio.Semaphore(builds)
        self._apps: dict[str, Supervised] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looking = asyncio.Lock()
        self._acts = 0
        self._looked: tuple[float, Mapping[str, Running]] = (0.0, {})
        self._news = asyncio.Condition()
        self._told: tuple[tuple[AppStatus, ...], bool] = ((), True)
        # Versions go on growing over a restart, so nobody waits for a number already passed.
        self._version = int(time() * 1000)
        self._closing = False
        self._key = _host_key(self._data / "apps-host.key")
        self._server = launch.server_digest(launch.server_package())

    @property
    def status(self) -> HostStatus:
        apps, converged = self._told
        return HostStatus(
            version=self._version, runtime=self._runtime.name, converged=converged, apps=apps
        )

    async def want(self, desired: Desired) -> HostStatus:
        """Run exactly these apps from now on."""
        context = Context(Path(desired.base_folder), desired.telemetry, self._key, self._server)
        running = await self._look()
        names = {spec.name for spec in desired.apps}
        for spec in desired.apps:
            app = self._apps.get(spec.name)
            if app is None:
                app = self._supervised(spec, context)
                # Raises where the disk is full: known is only what is looked after.
                app.adopt(running)
                self._apps[spec.name] = app
                self._tasks[spec.name] = asyncio.create_task(self._run(app))
            app.want(spec, context, running)
        for name, app in self._apps.items():
            if name not in names and not app.removed:
                app.remove()
        self._stop_unknown(running)
        self._tell()
        return self.status

    async def wait(self, after: int, timeout: float) -> HostStatus:  # noqa: ASYNC109 (no error: news or not)
        """The status as soon as its version exceeds `after`, else after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: self._version > after or self._closing)
        return self.status

    async def visits(self, ask: Ask) -> Reports:
        """What the apps' servers have counted; they go on as they are asked to."""
        running = await self._look()
        return await visiting.collect(self._runtime, running.values(), self._key, ask)

    def app(self, name: str) -> Supervised:
        """Raises `KeyError` for an app the YAML does not name."""
        app = self._apps[name]
        if app.removed:
            raise KeyError(name)
        return app

    async def logs(self, name: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        """Lines of the app's output; `follow` goes on through restarts and new releases."""
        app = self.app(name)
        told: set[tuple[str, object]] = set()
        while not self._closing:
            mine = [one for one in (await self._look()).values() if one.app == name]
            fresh = [one for one in mine if (one.id, one.started) not in told]
            if fresh:
                newest = max(fresh, key=lambda one: one.started)
                told.update((one.id, one.started) for one in mine)
                lines = self._runtime.logs(newest.id, tail=tail, follow=follow)
                async for line in lines:
                    yield app.redact(line)
            elif not told:
                for line in crash_lines(self._store, name)[-tail:] if tail else ():
                    yield line
                told.add(("", None))
            if not follow or app.removed:
                return
            await asyncio.sleep(_FRESH)

    async def build_log(self, name: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        """Lines of the build of the app's newest release."""
        app = self.app(name)
        records = self._store.records(name)
        if not records:
            return
        path = self._store.folder(name, records[0].release.id) / "build.log"
        for line in output.tail(path, tail):
            yield line
        if follow:
            async for line in output.follow(path, lambda: not app.building or self._closing):
                yield line

    async def storage(self, name: str) -> Storage:
        """How full the folders of an app are. Raises `NobodyThereError`."""
        return await upkeep.storage(name, await self._addresses(name), self._word(name))

    async def clean(self, name: str, cache: upkeep.Cache) -> Storage:
        """Empty one of an app's caches. Raises `NobodyThereError`."""
        left = await upkeep.clean(name, cache, await self._addresses(name), self._word(name))
        if cache == "examples":
            # A running app takes its examples for cached; a new instance makes them again.
            self.app(name).restart()
        return left

    async def thumbnail(self, name: str) -> thumbnails.Picture | None:
        """The picture of the release that serves, or of the newest."""
        status = self.app(name).status
        releases = status.releases if status else ()
        live = [one for one in releases if status and one.id == status.live]
        for release in (live or list(releases))[:1]:
            if release.thumbnail is not None:
                source = self._store.folder(name, release.id) / "source"
                return await asyncio.to_thread(thumbnails.load, source, release.thumbnail)
        return None

    async def release_waiters(self) -> None:
        """Answer all who wait for news: there will be none."""
        self._closing = True
        await self._notify()

    async def close(self, *, stop_instances: bool) -> None:
        """End the supervision; whether instances go on is for the runtime to carry out."""
        await self.release_waiters()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.gather(*(app.end() for app in self._apps.values()))
        await self._runtime.close(stop_instances=stop_instances)

    async def _addresses(self, name: str) -> list[str]:
        running = (await self._look()).values()
        return [one.address for one in running if one.app == name and one.alive]

    def _word(self, name: str) -> str:
        return host_word(self._key, name)

    def _supervised(self, spec: AppSpec, context: Context) -> Supervised:
        name, runtime, store = spec.name, self._runtime, self._store

        def news() -> None:
            if name in self._apps:
                self._apps[name].wake()

        host = Host(runtime, store, self._look, self._acted, self._tell)
        defaults = Defaults(python=runtime.default_python)
        sourcing = Sourcing(name, store, self._data, defaults, news)
        builder = Builder(runtime, store, self._turns, news)
        return Supervised(spec, context, host, sourcing, builder)

    async def _run(self, app: Supervised) -> None:
        await app.run()
        del self._apps[app.name], self._tasks[app.name]
        self._tell()

    async def _look(self) -> Mapping[str, Running]:
        async with self._looking:
            at, running = self._looked
            if time() - at > _FRESH:
                acts = self._acts
                running = await self._runtime.running()
                # What was changed meanwhile may be missing in this answer: use it once only.
                self._looked = (time() if acts == self._acts else 0.0, running)
            return running

    def _acted(self) -> None:
        """Something was started or stopped: what was seen before is no longer true."""
        self._acts += 1
        self._looked = (0.0, self._looked[1])

    def _stop_unknown(self, running: Mapping[str, Running]) -> None:
        """Instances of apps that went while no app host was there."""
        for one in running.values():
            if one.app not in self._apps and one.id not in self._tasks:
                _log.info("instance.orphan", app=one.app, instance=one.id)
                self._tasks[one.id] = asyncio.create_task(self._runtime.stop(one.id, GRACE))

    def _tell(self) -> None:
        apps = tuple(
            status
            for _, app in sorted(self._apps.items())
            if not app.removed and (status := app.status) is not None
        )
        converged = all(app.settled for app in self._apps.values() if not app.removed)
        news = (_lasting(apps), converged) != (_lasting(self._told[0]), self._told[1])
        self._told = (apps, converged)
        if not news:
            return
        self._version += 1
        asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()


@contextlib.contextmanager
def sole(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone. Raises `BlockingIOError`."""
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "apps-host.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _lasting(apps: tuple[AppStatus, ...]) -> tuple[AppStatus, ...]:
    """Without what changes all the time: nobody is woken for a megabyte."""
    return tuple(
        app.model_copy(
            update={
                "instances": tuple(
                    instance.model_copy(update={"memory": None}) for instance in app.instances
                )
            }
        )
        for app in apps
    )


def _host_key(path: Path) -> bytes:
    """Random bytes of this host, made once."""
    with contextlib.suppress(FileNotFoundError):
        if len(key := path.read_bytes()) == 32:
            return key
    key = secrets.token_bytes(32)
    disk.write(path, key)
    return key
