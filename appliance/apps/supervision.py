"""One app under supervision: look, let `reconcile` decide, act.

Every app has a loop of its own, so one that is broken or slow never holds up another.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import time

import structlog

from appliance.apps import diagnosis, facts
from appliance.apps.acting import Actor, Situation
from appliance.apps.building import Builder
from appliance.apps.checks import Checks
from appliance.apps.facts import Facts
from appliance.apps.model import AppSpec, AppStatus, Outcome, Problem
from appliance.apps.planning import Blueprint, Context, Variables, source_key, variables
from appliance.apps.reconcile import Decision, View, decide
from appliance.apps.releases import AppState, Record, ReleaseStore, former
from appliance.apps.runtime import BuildError, Running, Runtime
from appliance.apps.sourcing import Sourcing
from appliance.apps.status import Known, settled, status

_SOON, _CALM = 0.25, 1.0
"""Seconds between looks: while something is under way, and when all is well."""
_BROKEN = 5.0
"""Seconds until the next try after an error nobody foresaw."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Host:
    """What the app host lends to every app it supervises."""

    runtime: Runtime
    store: ReleaseStore
    look: Callable[[], Awaitable[Mapping[str, Running]]]
    acted: Callable[[], None]
    """What `look` said is no longer true."""
    news: Callable[[], None]


class Supervised:
    """One app."""

    def __init__(
        self, spec: AppSpec, context: Context, host: Host, sourcing: Sourcing, builder: Builder
    ) -> None:
        self.name = spec.name
        self.removed = False
        self._spec = spec
        self._context = context
        self._host = host
        self._store = host.store
        self._sourcing = sourcing
        self._builder = builder
        self._checks = Checks(host.runtime)
        self._actor = Actor(spec.name, host.runtime, host.store, builder, self._checks)
        self._variables = Variables({}, {})
        self._unreadable: BuildError | None = None
        """Why a secret of the app cannot be had."""
        self._wake = asyncio.Event()
        self._unattended: frozenset[tuple[str, datetime]] = frozenset()
        self._unroutable: dict[str, float] = {}
        self._known: Known | None = None
        self._broken: Problem | None = None
        """Why the last look at it, or what should have followed, came to nothing."""

    @property
    def status(self) -> AppStatus | None:
        if self._known is None:
            return None
        found = status(self._known)
        return found.model_copy(update={"problem": self._broken}) if self._broken else found

    @property
    def settled(self) -> bool:
        return self._known is not None and settled(self._known)

    @property
    def building(self) -> bool:
        return self._builder.building is not None

    def wake(self) -> None:
        """Look again now."""
        self._wake.set()

    def adopt(self, running: Mapping[str, Running]) -> None:
        """Take over what an earlier app host started; `want` follows."""
        # Visitors are on them, so they were ready.
        mine = self._mine(running).items()
        self._unattended = frozenset((name, one.started) for name, one in mine if not one.alive)
        routed = set(self._state.routed)
        self._checks.ready.update(name for name in routed & set(running) if running[name].alive)
        fetched = self._state.target is not None and self._spec.app.git is not None
        same = self._state.source == source_key(self._spec.app)
        self._follow(read=not (fetched and same))

    def want(self, spec: AppSpec, context: Context, running: Mapping[str, Running]) -> None:
        """Run this app so from now on. `status` is right when this returns."""
        again = self.removed
        moved = again or source_key(spec.app) != source_key(self._spec.app)
        self._spec, self._context, self.removed = spec, context, False
        self._read_secrets()
        if moved:
            self._follow(read=True)
        self._retry_failed()
        self._assess(running)
        self.wake()

    def remove(self) -> None:
        """The YAML does not name it any more: drain and stop, keep what is on disk."""
        self.removed = True
        self._sourcing.close()
        self._builder.cancel()
        self.wake()

    def routed(self, instances: tuple[str, ...]) -> None:
        """Visitors are sent to exactly these."""
        self._store.update_state(self.name, routed=instances)
        self.wake()

    def deploy(self) -> None:
        """Read the source again and make a release of it."""
        self._read_secrets()
        self._sourcing.read(force=True)
        self.wake()

    def restart(self) -> None:
        """Replace all instances."""
        self._read_secrets()
        self._store.update_state(self.name, generation=self._state.generation + 1)
        self._retry_failed()
        self.wake()

    def rollback(self, to: str | None) -> None:
        """Serve a former release; without `to`, the newest that served before the current one.

        Raises `LookupError` with words for a person.
        """
        found = former(self.name, self._store.records(self.name), to)
        self._actor.given_up.clear()
        self._store.update_state(self.name, target=found, pinned=True)
        self.wake()

    def redact(self, line: str) -> str:
        """A line of its output without its secrets."""
        return self._variables.redact(line)

    async def run(self) -> None:
        """Until it is removed and nothing of it runs."""
        while True:
            pause = _BROKEN
            self._wake.clear()
            try:
                ended = await self._step()
                self._broken = None
                if ended:
                    return
                pause = _CALM if self.settled and not self._unroutable else _SOON
            except Exception as error:  # noqa: BLE001 (one broken app must not end the others)
                _log.exception("app.broke", app=self.name)
                self._broken = diagnosis.broke(error)
                self._host.news()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def end(self) -> None:
        """Let go of everything; instances are the runtime's."""
        self._sourcing.close()
        self._builder.cancel()
        await asyncio.gather(*self._actor.stopping.values(), return_exceptions=True)

    async def _step(self) -> bool:
        running = self._mine(await self._host.look())
        await self._checks.ask(tuple(running.values()), self._unroutable)
        decision = self._assess(running)
        blueprint = self._blueprint()
        situation = Situation(blueprint, running, self._tried(blueprint))
        for action in decision.actions:
            await self._actor.act(action, situation, self._acted)
            self._host.acted()
        return self.removed and not running and not self._actor.stopping

    def _acted(self) -> None:
        self._host.acted()
        self.wake()

    def _assess(self, everything: Mapping[str, Running]) -> Decision:
        self._fail_unbuilt()
        running = self._mine(everything)
        view = facts.view(self._facts(running), time())
        decision = decide(view)
        out = {name for name in decision.draining if name not in view.routed or self.removed}
        self._unroutable = {name: self._unroutable.get(name, view.now) for name in out}
        self._known = self._knowledge(view, decision, running)
        self._host.news()
        return decision

    def _facts(self, running: Mapping[str, Running]) -> Facts:
        records = self._store.records(self.name)
        return Facts(
            blueprint=self._blueprint(),
            startable=self._unreadable is None,
            state=self._state,
            records={record.release.id: record for record in records},
            running=running,
            built=self._builder.built,
            ready=self._checks.ready,
            active=self._checks.active,
            unattended=self._unattended,
            unroutable=self._unroutable,
            given_up=self._actor.given_up.keys(),
            retries=self._actor.retries,
            removed=self.removed,
        )

    def _knowledge(self, view: View, decision: Decision, running: Mapping[str, Running]) -> Known:
        return Known(
            name=self.name,
            view=view,
            decision=decision,
            running=running,
            unresponsive=self._checks.unresponsive,
            memory=self._checks.memory,
            releases=tuple(record.release for record in self._store.records(self.name)),
            current=self._state.current,
            pinned=self._state.pinned,
            problem=self._problem(view),
            ended=self._actor.ended,
            progress=self._builder.progress,
            reading=not self._sourcing.idle,
            building=self.building,
        )

    def _problem(self, view: View) -> Problem | None:
        for error in (self._unreadable, self._sourcing.problem):
            if error is not None:
                return diagnosis.not_made(error)
        target: Record | None = self._store.record(self.name, self._state.target)
        if target is not None and target.problem is not None:
            return target.problem
        if view.target is not None and view.target.key in self._actor.given_up:
            return self._actor.given_up[view.target.key]
        return self._actor.crash

    def _fail_unbuilt(self) -> None:
        for release, error in list(self._builder.failed.items()):
            del self._builder.failed[release]
            goal = facts.goal(self._facts({}), release)
            if goal is not None:
                tried = self._tried(self._blueprint())
                self._actor.give_up(goal, diagnosis.not_made(error, release), tried)

    def _retry_failed(self) -> None:
        """Other settings may make a failed release work."""
        self._actor.given_up.clear()
        record = self._store.record(self.name, self._state.target)
        if record is None or record.release.outcome is not Outcome.FAILED:
            return
        if record.tried != self._tried(self._blueprint()):
            self._store.save(self.name, record.with_outcome(Outcome.PENDING))

    def _tried(self, blueprint: Blueprint) -> str:
        seconds = self._spec.app.start_timeout.total_seconds()
        return sha256(f"{blueprint.fingerprint('')}:{seconds}".encode()).hexdigest()[:32]

    def _read_secrets(self) -> None:
        try:
            self._variables, self._unreadable = variables(self._spec, self._context), None
        except BuildError as error:
            self._unreadable = error

    def _follow(self, *, read: bool) -> None:
        self._store.update_state(self.name, source=source_key(self._spec.app))
        self._sourcing.follow(self._spec, self._context.base_folder, read=read)

    def _blueprint(self) -> Blueprint:
        return Blueprint(self._spec, self._variables, self._state.generation, self._context)

    def _mine(self, running: Mapping[str, Running]) -> dict[str, Running]:
        return {
            name: one
            for name, one in running.items()
            if one.app == self.name and name not in self._actor.stopping
        }

    @property
    def _state(self) -> AppState:
        return self._store.state(self.name)
