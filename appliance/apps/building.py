"""Builds the environment of one release after the other, for one app."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from appliance.apps.releases import Record, ReleaseStore
from appliance.apps.runtime import BuildError, Runtime, unforeseen

_log = structlog.get_logger(__name__)


class Builder:
    """At most one build of this app; how many of the host's apps build at once, `turns` says."""

    def __init__(
        self,
        runtime: Runtime,
        store: ReleaseStore,
        turns: asyncio.Semaphore,
        news: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._store = store
        self._turns = turns
        self._news = news
        self._task: asyncio.Task[None] | None = None
        self.building: str | None = None
        self.built: set[str] = set()
        """Releases known to be built, by this app host."""
        self.failed: dict[str, BuildError] = {}
        self.progress = ""

    def ensure(self, app: str, record: Record) -> None:
        """Build a release unless that is under way; a build of another release is broken off."""
        release = record.release.id
        if self.building == release:
            return
        self.cancel()
        self.building = release
        self.failed.pop(release, None)
        self._task = asyncio.create_task(self._build(app, record))

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self.building, self.progress = None, None, ""

    async def _build(self, app: str, record: Record) -> None:
        release = record.release.id
        log = self._store.folder(app, release) / "build.log"
        try:
            if record.built:
                # Only checks that it is still there, which must not wait behind a long build.
                await self._run(app, record, log)
            else:
                self._say(log, "Waiting for another build")
                async with self._turns:
                    await self._run(app, record, log)
            self.built.add(release)
            self._store.save(app, record.model_copy(update={"built": True}))
        except BuildError as error:
            self._say(log, error.summary)
            self.failed[release] = error
        except Exception as error:  # noqa: BLE001 (an engine's error; told as a problem of the app)
            _log.exception("build.broke", app=app, release=release)
            words = "The environment could not be made"
            self.failed[release] = unforeseen("build", words, error)
        if self.building == release:
            self.building, self.progress = None, ""
        self._news()

    async def _run(self, app: str, record: Record, log: Path) -> None:
        files = self._store.files(app, record)
        await self._runtime.build(files, lambda line: self._say(log, line))

    def _say(self, log: Path, line: str) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.progress = line.strip()[:200]
        self._news()
