"""From what is known about an app to what `reconcile` decides on. Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from appliance.apps.model import Outcome
from appliance.apps.planning import Blueprint, slot_of
from appliance.apps.reconcile import Goal, Key, Retry, Seen, View
from appliance.apps.releases import AppState, Record
from appliance.apps.runtime import Running


@dataclass(frozen=True)
class Facts:
    """All that is known about one app."""

    blueprint: Blueprint
    startable: bool
    """Its secrets can be read, so new instances can be started."""
    state: AppState
    records: Mapping[str, Record]
    running: Mapping[str, Running]
    built: AbstractSet[str]
    ready: AbstractSet[str]
    active: Mapping[str, int | None]
    unattended: AbstractSet[tuple[str, datetime]]
    """Names and starts of instances that were found ended."""
    unroutable: Mapping[str, float]
    given_up: AbstractSet[Key]
    retries: Mapping[str, Retry]
    removed: bool


def view(facts: Facts, now: float) -> View:
    """What a decision rests on; `now` is Unix time."""
    app = facts.blueprint.spec.app
    return View(
        now=now,
        target=goal(facts, facts.state.target),
        fallback=goal(facts, facts.state.current),
        instances=tuple(_seen(facts, one) for one in facts.running.values()),
        routed=frozenset(facts.state.routed),
        given_up=frozenset(facts.given_up),
        retries=facts.retries,
        start_timeout=app.start_timeout.total_seconds(),
        drain=app.drain.total_seconds(),
        removed=facts.removed,
    )


def goal(facts: Facts, release: str | None) -> Goal | None:
    """A release with today's settings, unless it cannot run."""
    record = facts.records.get(release) if release is not None else None
    if record is None or not facts.startable or record.release.outcome is Outcome.FAILED:
        return None
    name = record.release.id
    fingerprint = facts.blueprint.fingerprint(record.release.file)
    return Goal(
        release=name,
        fingerprint=fingerprint,
        replicas=facts.blueprint.spec.app.replicas,
        built=name in facts.built,
        lived=record.release.outcome in (Outcome.LIVE, Outcome.RETIRED),
        proven=facts.state.proven == f"{name}:{fingerprint}",
    )


def _seen(facts: Facts, running: Running) -> Seen:
    return Seen(
        id=running.id,
        release=running.release,
        fingerprint=running.fingerprint,
        slot=slot_of(running.id),
        alive=running.alive,
        ready=running.id in facts.ready,
        started=running.started.timestamp(),
        unroutable_since=facts.unroutable.get(running.id),
        active=facts.active.get(running.id),
        unattended=(running.id, running.started) in facts.unattended,
    )
