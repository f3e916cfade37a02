"""What a person and the control process are told about one app. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.apps.model import (
    AppStatus,
    Ended,
    InstanceState,
    InstanceStatus,
    Phase,
    Problem,
    Release,
)
from appliance.apps.reconcile import BackOff, Build, Decision, Retry, Seen, Start, View
from appliance.apps.runtime import Running

_TRIES = 3
"""What worked before and ends is started again within seconds, this often in a row; then an app
counts as failed, although it is tried for ever."""

_TOLD_FOR = 86_400
"""Seconds in which it is told that an instance ended which another one has replaced."""


@dataclass(frozen=True)
class Known:
    """All that is known about an app at one moment."""

    name: str
    view: View
    decision: Decision
    running: Mapping[str, Running]
    unresponsive: frozenset[str]
    memory: Mapping[str, int | None]
    releases: tuple[Release, ...]
    current: str | None
    pinned: bool
    problem: Problem | None
    ended: Ended | None
    progress: str
    reading: bool
    building: bool


def status(known: Known) -> AppStatus:
    """The status of an app."""
    decision = known.decision
    live = decision.goal.release if decision.goal and decision.complete else known.current
    instances = tuple(
        _instance(known, seen) for seen in sorted(known.view.instances, key=lambda seen: seen.id)
    )
    serves = any(
        instance.state in (InstanceState.READY, InstanceState.UNRESPONSIVE)
        for instance in instances
    )
    return AppStatus(
        name=known.name,
        phase=_phase(known, serves=serves),
        live=live,
        pinned=known.pinned,
        instances=instances,
        releases=known.releases,
        problem=known.problem,
        ended=_ended(known, live),
        progress=_progress(known),
    )


def _ended(known: Known, live: str | None) -> Ended | None:
    """Not beside a problem, which says the same or something newer, nor of another release."""
    ended = known.ended
    if ended is None or known.problem is not None or ended.problem.release != live:
        return None
    return ended if known.view.now - ended.at.timestamp() < _TOLD_FOR else None


def settled(known: Known) -> bool:
    """Nothing is being read, built or started."""
    starting = any(seen.alive and not seen.ready for seen in known.view.instances)
    pending = any(isinstance(action, Build | Start) for action in known.decision.actions)
    return not (known.reading or known.building or starting or pending or _soon_again(known))


def _soon_again(known: Known) -> bool:
    """An instance that ended is about to be started again."""
    decided = [a.retry for a in known.decision.actions if isinstance(a, BackOff)]
    waiting = [_retry(known, seen) for seen in known.view.instances if not seen.alive]
    return any(retry and retry.failures <= _TRIES for retry in (*decided, *waiting))


def _instance(known: Known, seen: Seen) -> InstanceStatus:
    running = known.running[seen.id]
    retry = known.view.retries.get(seen.id)
    return InstanceStatus(
        id=seen.id,
        release=seen.release,
        state=_state(known, seen),
        address=running.address,
        started=running.started,
        restarts=retry.failures if retry else 0,
        memory=known.memory.get(seen.id),
    )


def _state(known: Known, seen: Seen) -> InstanceState:
    if not seen.alive:
        return InstanceState.BACKING_OFF
    if seen.id in known.decision.draining:
        return InstanceState.DRAINING
    if not seen.ready or _early(known, seen):
        return InstanceState.STARTING
    if seen.id in known.unresponsive:
        return InstanceState.UNRESPONSIVE
    return InstanceState.READY


def _early(known: Known, seen: Seen) -> bool:
    """Ready before its siblings, while others still serve: visitors move all at once."""
    goal = known.decision.goal
    if goal is None or known.decision.complete or seen.key != goal.key:
        return False
    others = (other for other in known.view.instances if other.key != goal.key)
    return seen.id not in known.view.routed and any(other.works for other in others)


def _phase(known: Known, *, serves: bool) -> Phase:
    if serves:
        return Phase.LIVE
    seen = known.view.instances
    if any(one.alive for one in seen):
        return Phase.STARTING
    if known.building:
        return Phase.BUILDING
    if known.reading:
        return Phase.WAITING
    if known.problem is not None and not _soon_again(known):
        return Phase.FAILED
    return Phase.STARTING if known.decision.goal is not None else Phase.WAITING


def _progress(known: Known) -> str:
    if known.progress:
        return known.progress
    if known.reading:
        return "Reading the source"
    waiting = [_wait(known, seen) for seen in known.view.instances if not seen.alive]
    if any(waiting):
        return next(text for text in waiting if text)
    decision = known.decision
    if decision.goal is not None and not decision.complete:
        return f"Starting {decision.goal.release}"
    return ""


def _wait(known: Known, seen: Seen) -> str:
    retry = _retry(known, seen)
    return f"Ended; starts again, {retry.failures}. time" if retry else ""


def _retry(known: Known, seen: Seen) -> Retry | None:
    """Of this very end, not of an earlier one."""
    retry = known.view.retries.get(seen.id)
    return retry if retry is not None and retry.after == seen.started else None
