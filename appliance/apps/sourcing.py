"""Reads the source of one app when it should be read, and makes a release of what is new."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path

import structlog

from appliance import disk
from appliance.apps.model import AppSpec, Outcome
from appliance.apps.needs import Defaults
from appliance.apps.preparing import prepare
from appliance.apps.releases import NewRelease, Record, ReleaseStore
from appliance.apps.runtime import BuildError, unforeseen
from appliance.apps.sources import Repository, locate
from appliance.apps.watching import watch

_PASSING = ("git-", "disk")
"""Beginnings of codes of problems that may pass without a change of the source."""
_AGAIN = 60.0
"""Seconds until it is tried again then."""

_log = structlog.get_logger(__name__)


class Sourcing:
    """The way from the YAML's `source` to releases on disk."""

    def __init__(
        self,
        app: str,
        store: ReleaseStore,
        data: Path,
        defaults: Defaults,
        news: Callable[[], None],
    ) -> None:
        self._app = app
        self._store = store
        self._data = data
        self._defaults = defaults
        self._news = news
        self._reader: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._spec: AppSpec | None = None
        self._base = Path()
        self._asked = asyncio.Event()
        self._forced = False
        self.problem: BuildError | None = None
        self.idle = True
        """Nothing is being read or waiting to be."""

    def follow(self, spec: AppSpec, base_folder: Path, *, read: bool) -> None:
        """Watch this source from now on; `read`: it may have changed meanwhile."""
        self.close()
        self._spec, self._base = spec, base_folder
        self._asked = asyncio.Event()
        self._reader = asyncio.create_task(self._read_for_ever())
        try:
            location = locate(spec.app.source, base_folder)
        except BuildError as error:
            self.problem = error
            return
        if not isinstance(location, Repository):
            self._watcher = asyncio.create_task(
                watch(location, base_folder, (self._data,), self.read)
            )
        if read:
            self.read()

    def read(self, *, force: bool = False) -> None:
        """Read the source soon; `force` makes a release even if nothing is new."""
        self._forced = self._forced or force
        self.idle = False
        self._asked.set()

    def close(self) -> None:
        for task in (self._reader, self._watcher):
            if task is not None:
                task.cancel()

    async def _read_for_ever(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            forced, self._forced = self._forced, False
            await self._read(force=forced)
            self.idle = not self._asked.is_set()
            self._news()
            if self.problem is not None and self.problem.code.startswith(_PASSING):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_AGAIN):
                        await self._asked.wait()
                self._asked.set()

    async def _read(self, *, force: bool) -> None:
        assert self._spec is not None  # set before the reader starts
        incoming = self._store.folder(self._app) / "incoming"
        work = incoming / secrets.token_hex(4)
        try:
            new = await prepare(self._spec.app, self._base, work, (self._data,), self._defaults)
            self._take(new, force=force)
            self.problem = None
        except BuildError as error:
            self.problem = error
        except Exception as error:  # noqa: BLE001 (told as a problem of the app)
            _log.exception("source.broke", app=self._app)
            self.problem = unforeseen("source", "The source could not be read", error)
        finally:
            await asyncio.to_thread(disk.remove, incoming)

    def _take(self, new: NewRelease, *, force: bool) -> None:
        state = self._store.state(self._app)
        records = self._store.records(self._app)
        same = [record for record in records if record.identity == new.identity]
        if not force and state.seen == new.identity and same:
            return
        # Back to files that served before: that release, not a copy of it.
        good = [r for r in same if r.release.outcome in (Outcome.LIVE, Outcome.RETIRED)]
        record: Record = good[0] if good and not force else self._store.create(self._app, new)
        _log.info("app.release", app=self._app, release=record.release.id, file=new.file)
        self._store.update_state(
            self._app, target=record.release.id, seen=new.identity, pinned=False
        )
