"""Carries out what `reconcile` decided for one app, and remembers what came of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from appliance import disk
from appliance.apps import diagnosis
from appliance.apps.building import Builder
from appliance.apps.checks import Checks
from appliance.apps.model import Ended, Outcome, Problem
from appliance.apps.planning import Blueprint
from appliance.apps.reconcile import (
    Action,
    BackOff,
    Build,
    GiveUp,
    Goal,
    Key,
    Promote,
    Retry,
    Start,
    Stop,
)
from appliance.apps.releases import Record, ReleaseStore
from appliance.apps.runtime import BuildError, Running, Runtime

GRACE = 5.0
"""Seconds for an app server to end once it has no more requests."""
OUTPUT = 200
"""Lines kept of an instance that ended."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Situation:
    """What an action is carried out with."""

    blueprint: Blueprint
    running: Mapping[str, Running]
    tried: str
    """Digest of today's settings, remembered with a release that fails."""


class Actor:
    """The hands of one app's supervision."""

    def __init__(
        self, app: str, runtime: Runtime, store: ReleaseStore, builder: Builder, checks: Checks
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._store = store
        self._builder = builder
        self._checks = checks
        self.stopping: dict[str, asyncio.Task[None]] = {}
        self.retries: dict[str, Retry] = {}
        self.given_up: dict[Key, Problem] = {}
        self.crash: Problem | None = None
        """Why the last instance that had worked ended, until another one works."""
        self.ended: Ended | None = None

    async def act(self, action: Action, situation: Situation, wake: Callable[[], None]) -> None:
        """Carry out one action; what takes long goes on behind it and wakes the app when done."""
        match action:
            case Build(release):
                self._build(release)
            case Start(goal, slot):
                await self._start(goal, slot, situation)
            case Stop(instance):
                self._stop(instance, wake)
            case BackOff(instance, retry, reason):
                self.retries[instance] = retry
                self.crash = await self._post_mortem(instance, reason, situation)
                self.ended = Ended(at=datetime.now(UTC), problem=self.crash)
            case GiveUp(goal, instance, reason):
                problem = await self._post_mortem(instance, reason, situation)
                self.give_up(goal, problem, situation.tried)
            case Promote(goal):
                await self._promote(goal)

    def give_up(self, goal: Goal, problem: Problem, tried: str) -> None:
        """These settings of this release are not tried again until something changes."""
        _log.warning("app.failed", app=self._app, release=goal.release, code=problem.code)
        self.given_up[goal.key] = problem
        record = self._store.record(self._app, goal.release)
        if record is not None and not goal.lived:
            failed = record.with_outcome(Outcome.FAILED, problem)
            self._store.save(self._app, failed.model_copy(update={"tried": tried}))

    def _build(self, release: str) -> None:
        record = self._store.record(self._app, release)
        if record is not None:
            self._builder.ensure(self._app, record)

    async def _start(self, goal: Goal, slot: int, situation: Situation) -> None:
        record = self._store.record(self._app, goal.release)
        if record is None:
            return
        files = self._store.files(self._app, record)
        plan = situation.blueprint.plan(files, record.release.file, slot)
        self._checks.forget(plan.id)
        try:
            if plan.id in situation.running:
                await self._runtime.stop(plan.id, 0)
            await self._runtime.start(plan)
        except BuildError as error:
            self.give_up(goal, diagnosis.not_made(error, goal.release), situation.tried)
            return
        _log.info("instance.started", app=self._app, instance=plan.id)

    def _stop(self, instance: str, wake: Callable[[], None]) -> None:
        async def stop() -> None:
            try:
                await self._runtime.stop(instance, GRACE)
                _log.info("instance.stopped", app=self._app, instance=instance)
            except Exception:  # noqa: BLE001 (an engine's error; the app must go on)
                # It is still seen, so it is stopped again.
                _log.exception("instance.not_stopped", app=self._app, instance=instance)
            self.stopping.pop(instance, None)
            self._checks.forget(instance)
            wake()

        if instance not in self.stopping:
            self.stopping[instance] = asyncio.create_task(stop())

    async def _post_mortem(self, instance: str, reason: str, situation: Situation) -> Problem:
        redact = situation.blueprint.variables.redact
        lines = [
            redact(line) async for line in self._runtime.logs(instance, tail=OUTPUT, follow=False)
        ]
        folder = self._store.folder(self._app)
        await asyncio.to_thread(disk.write, folder / "last-output.log", "\n".join(lines))
        running = situation.running.get(instance)
        release = running.release if running else ""
        record = self._store.record(self._app, release)
        file = record.release.file if record else "The app"
        if reason == "not-ready":
            seconds = situation.blueprint.spec.app.start_timeout.total_seconds()
            return diagnosis.not_ready(lines, file, release, seconds)
        return diagnosis.ended(lines, file, release, running)

    async def _promote(self, goal: Goal) -> None:
        state = self._store.state(self._app)
        proven = f"{goal.release}:{goal.fingerprint}"
        self.crash = None
        self.given_up.pop(goal.key, None)
        if state.current == goal.release and state.proven == proven:
            return
        _log.info("app.live", app=self._app, release=goal.release)
        if state.current not in (None, goal.release):
            self._mark(state.current, Outcome.RETIRED)
        self._mark(goal.release, Outcome.LIVE)
        self._store.update_state(self._app, current=goal.release, proven=proven)
        await self._prune(goal.release)

    def _mark(self, release: str | None, outcome: Outcome) -> None:
        record: Record | None = self._store.record(self._app, release)
        if record is not None and record.release.outcome is not outcome:
            self._store.save(self._app, record.with_outcome(outcome))

    async def _prune(self, current: str) -> None:
        state = self._store.state(self._app)
        running = {one.release for one in (await self._runtime.running()).values()}
        needed = frozenset({current, state.target or current, *running})
        for release in self._store.surplus(self._app, needed):
            await asyncio.to_thread(self._store.remove, self._app, release)
            await self._runtime.discard(self._app, release)


def crash_lines(store: ReleaseStore, app: str) -> list[str]:
    """Output of the instance of an app that ended last."""
    try:
        text = (store.folder(app) / "last-output.log").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return text.splitlines()
