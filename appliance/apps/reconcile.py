"""What to do next for one app. Pure: what is wanted and what is seen go in, actions come out.

The rule above all: an instance that visitors are sent to is not stopped while it works, until
every instance of its successor is ready and the control process has confirmed its routes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

LEAST_DRAIN = 1.0
"""Seconds between the last route to an instance and its stop, for requests on their way."""
_FIRST_RETRY = 1.0
_LAST_RETRY = 60.0
_STABLE = 300.0
"""Seconds an instance must have run for its earlier crashes to be forgiven."""

Key = tuple[str, str]
"""A release and the fingerprint of its settings."""


@dataclass(frozen=True)
class Goal:
    """A release that should run with certain settings."""

    release: str
    fingerprint: str
    replicas: int = 1
    built: bool = True
    lived: bool = False
    """The release has served visitors before, with whatever settings."""
    proven: bool = False
    """It was ready before with just these settings: a crash is bad luck, not a bad release."""

    @property
    def key(self) -> Key:
        return (self.release, self.fingerprint)


@dataclass(frozen=True)
class Seen:
    """An instance as it is. Times are Unix time."""

    id: str
    release: str
    fingerprint: str
    slot: int
    """Which of the replicas it is."""
    alive: bool
    ready: bool
    """`/readyz` has said 200 once."""
    started: float
    unroutable_since: float | None = None
    """When it was drained and no visitor sent to it any more."""
    active: int | None = None
    """Requests in flight; None: unknown."""
    unattended: bool = False
    """It ended while no app host was there, as in a power cut: nothing is known against it."""

    @property
    def key(self) -> Key:
        return (self.release, self.fingerprint)

    @property
    def works(self) -> bool:
        return self.alive and self.ready


@dataclass(frozen=True)
class Retry:
    """When a crashed instance is started again."""

    failures: int
    until: float
    after: float
    """Start of the run whose end this answers."""


@dataclass(frozen=True)
class View:
    """All that a decision about one app rests on."""

    now: float
    target: Goal | None
    """The release that should serve."""
    fallback: Goal | None
    """The release that served last, with today's settings."""
    instances: tuple[Seen, ...]
    routed: frozenset[str]
    given_up: frozenset[Key] = frozenset()
    retries: Mapping[str, Retry] = field(default_factory=dict)
    start_timeout: float = 300.0
    drain: float = 30.0
    removed: bool = False


@dataclass(frozen=True)
class Build:
    release: str


@dataclass(frozen=True)
class Start:
    """Start an instance, in place of a dead one in the same slot if there is one."""

    goal: Goal
    slot: int


@dataclass(frozen=True)
class Stop:
    instance: str


@dataclass(frozen=True)
class GiveUp:
    """These settings of this release do not work; something is to be told to a person."""

    goal: Goal
    instance: str
    reason: Literal["ended", "not-ready"]


@dataclass(frozen=True)
class BackOff:
    """Wait before starting this instance again."""

    instance: str
    retry: Retry
    reason: Literal["ended", "not-ready"]


@dataclass(frozen=True)
class Promote:
    """Visitors are served by this release now."""

    goal: Goal


Action = Build | Start | Stop | GiveUp | BackOff | Promote


@dataclass(frozen=True)
class Decision:
    actions: tuple[Action, ...] = ()
    draining: frozenset[str] = frozenset()
    """Instances that get no new visitors."""
    goal: Goal | None = None
    complete: bool = False
    """All instances of the goal work."""


def decide(view: View) -> Decision:
    """The next actions for one app; none when all is as it should be."""
    if view.removed:
        return _remove(view)
    goal = _goal(view)
    if goal is None:
        return Decision(tuple(_clear(view, view.instances)))
    chosen = {seen.slot: seen for seen in view.instances if _belongs(seen, goal)}
    others = tuple(seen for seen in view.instances if not _belongs(seen, goal))
    works = len(chosen) == goal.replicas and all(seen.works for seen in chosen.values())
    grow = tuple(_grow(view, goal, chosen, others))
    if not works:
        return _wait(view, goal, others, grow)
    ids = frozenset(seen.id for seen in chosen.values())
    if any(seen.works for seen in others) and not ids <= view.routed:
        return Decision(grow, _superseded(view, others), goal, complete=True)
    stops = tuple(Stop(seen.id) for seen in others if not seen.works or _drained(view, seen))
    draining = frozenset(seen.id for seen in others)
    return Decision((*grow, Promote(goal), *stops), draining, goal, complete=True)


def next_retry(previous: Retry | None, started: float, now: float) -> Retry:
    """Doubling from 1 s to a minute; a run of five minutes starts over."""
    failures = 0 if previous is None or now - started >= _STABLE else previous.failures
    wait = min(_FIRST_RETRY * 2.0**failures, _LAST_RETRY)
    return Retry(failures=min(failures + 1, 16), until=now + wait, after=started)


def _goal(view: View) -> Goal | None:
    candidates = [goal for goal in (view.target, view.fallback) if goal is not None]
    usable = [goal for goal in candidates if goal.key not in view.given_up]
    if usable or any(seen.works for seen in view.instances):
        return usable[0] if usable else None
    # Nothing serves: what once worked is tried for ever, its trouble may pass.
    return next((goal for goal in candidates if goal.lived), None)


def _belongs(seen: Seen, goal: Goal) -> bool:
    return seen.key == goal.key and seen.slot < goal.replicas


def _grow(
    view: View, goal: Goal, chosen: Mapping[int, Seen], others: tuple[Seen, ...]
) -> Iterator[Action]:
    patient = goal.proven or (goal.lived and not any(seen.works for seen in others))
    if len(chosen) < goal.replicas and not goal.built:
        yield Build(goal.release)
        return
    for slot in range(goal.replicas):
        seen = chosen.get(slot)
        if seen is None:
            yield Start(goal, slot)
        elif not seen.alive:
            yield from _after_end(view, goal, seen, patient=patient)
        elif not seen.ready and view.now - seen.started > view.start_timeout:
            if not patient:
                yield GiveUp(goal, seen.id, "not-ready")
            else:
                retry = next_retry(view.retries.get(seen.id), seen.started, view.now)
                yield BackOff(seen.id, retry, "not-ready")
                yield Stop(seen.id)


def _after_end(view: View, goal: Goal, seen: Seen, *, patient: bool) -> Iterator[Action]:
    retry = view.retries.get(seen.id)
    if seen.unattended:
        yield Start(goal, seen.slot)
    elif not patient and not seen.ready:
        yield GiveUp(goal, seen.id, "ended")
    elif retry is None or retry.after != seen.started:
        yield BackOff(seen.id, next_retry(retry, seen.started, view.now), "ended")
    elif view.now >= retry.until:
        yield Start(goal, seen.slot)


def _wait(view: View, goal: Goal, others: tuple[Seen, ...], grow: tuple[Action, ...]) -> Decision:
    """The goal is not there yet: what serves goes on, and is replaced if it fails meanwhile."""
    reserve = view.fallback
    keep: tuple[Action, ...] = ()
    if (
        reserve is not None
        and reserve.key != goal.key
        and reserve.built
        and reserve.key not in view.given_up
        and not any(seen.works for seen in others)
    ):
        mine = {seen.slot: seen for seen in others if _belongs(seen, reserve)}
        others = tuple(seen for seen in others if not _belongs(seen, reserve))
        keep = tuple(_grow(view, reserve, mine, others))
    draining = _superseded(view, others)
    return Decision((*grow, *keep, *_clear(view, others)), draining, goal)


def _superseded(view: View, others: tuple[Seen, ...]) -> frozenset[str]:
    """Ready instances that were overtaken before any visitor came to them."""
    if not any(seen.works and seen.id in view.routed for seen in others):
        return frozenset()
    return frozenset(seen.id for seen in others if seen.works and seen.id not in view.routed)


def _clear(view: View, others: tuple[Seen, ...]) -> Iterator[Action]:
    """Stop what serves nobody: dead, never ready, or overtaken and drained."""
    superseded = _superseded(view, others)
    for seen in others:
        if not seen.works or (seen.id in superseded and _drained(view, seen)):
            yield Stop(seen.id)


def _remove(view: View) -> Decision:
    everything = frozenset(seen.id for seen in view.instances)
    stops = tuple(
        Stop(seen.id) for seen in view.instances if not seen.works or _drained(view, seen)
    )
    return Decision(stops, everything)


def _drained(view: View, seen: Seen) -> bool:
    if seen.unroutable_since is None:
        return False
    waited = view.now - seen.unroutable_since
    return waited >= view.drain or (seen.active == 0 and waited >= LEAST_DRAIN)
