"""The decision about one app: by example, and over random histories."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.apps.reconcile import (
    BackOff,
    Build,
    Decision,
    GiveUp,
    Goal,
    Promote,
    Retry,
    Seen,
    Start,
    Stop,
    View,
    decide,
    next_retry,
)

OLD = Goal("r1", "f", lived=True, proven=True)
NEW = Goal("r2", "f")
NOW = 1000.0


def instance(goal: Goal, *, slot: int = 0, **changes: object) -> Seen:
    seen = Seen(
        id=f"{goal.release}-{slot}-{goal.fingerprint}",
        release=goal.release,
        fingerprint=goal.fingerprint,
        slot=slot,
        alive=True,
        ready=True,
        started=NOW - 10,
    )
    return replace(seen, **changes)


def view(*instances: Seen, target: Goal | None = NEW, **changes: object) -> View:
    base = View(now=NOW, target=target, fallback=None, instances=instances, routed=frozenset())
    return replace(base, **changes)


OLD_SERVES = instance(OLD)
ROUTED_OLD = {"fallback": OLD, "routed": frozenset({OLD_SERVES.id})}


def test_a_release_is_built_before_it_is_started() -> None:
    goal = replace(NEW, built=False)
    assert decide(view(target=goal)).actions == (Build("r2"),)


def test_every_replica_is_started() -> None:
    goal = replace(NEW, replicas=2)
    assert decide(view(target=goal)).actions == (Start(goal, 0), Start(goal, 1))


def test_a_first_release_is_live_once_it_is_ready() -> None:
    assert decide(view(instance(NEW, ready=False))).actions == ()
    assert decide(view(instance(NEW))).actions == (Promote(NEW),)


def test_a_new_release_starts_beside_the_old_one() -> None:
    decision = decide(view(OLD_SERVES, **ROUTED_OLD))
    assert decision.actions == (Start(NEW, 0),)
    assert not decision.draining


def test_the_old_one_serves_until_control_confirms_its_successor() -> None:
    decision = decide(view(OLD_SERVES, instance(NEW), **ROUTED_OLD))
    assert decision == Decision((), frozenset(), NEW, complete=True)


def test_the_old_one_drains_once_its_successor_is_routed() -> None:
    new = instance(NEW)
    decision = decide(view(OLD_SERVES, new, fallback=OLD, routed=frozenset({new.id})))
    assert decision.actions == (Promote(NEW),)
    assert decision.draining == {OLD_SERVES.id}


@pytest.mark.parametrize(
    ("waited", "active", "stopped"),
    [
        (0.5, 0, False),
        (2.0, 0, True),
        (2.0, 3, False),
        (2.0, None, False),
        (31.0, 3, True),
        (31.0, None, True),
    ],
)
def test_a_drained_instance_is_stopped_when_it_is_idle_or_its_time_is_up(
    waited: float, active: int | None, *, stopped: bool
) -> None:
    old = replace(OLD_SERVES, unroutable_since=NOW - waited, active=active)
    new = instance(NEW)
    decision = decide(view(old, new, routed=frozenset({new.id})))
    assert (Stop(old.id) in decision.actions) is stopped


def test_a_release_that_ends_before_it_is_ready_is_given_up_and_the_old_one_stays() -> None:
    dead = instance(NEW, alive=False, ready=False)
    decision = decide(view(OLD_SERVES, dead, **ROUTED_OLD))
    assert decision.actions == (GiveUp(NEW, dead.id, "ended"),)
    after = decide(view(OLD_SERVES, dead, given_up=frozenset({NEW.key}), **ROUTED_OLD))
    assert Stop(dead.id) in after.actions
    assert Stop(OLD_SERVES.id) not in after.actions
    assert after.goal == OLD


def test_a_release_that_is_not_ready_in_time_is_given_up() -> None:
    slow = instance(NEW, ready=False, started=NOW - 301)
    assert decide(view(slow)).actions == (GiveUp(NEW, slow.id, "not-ready"),)


def test_a_release_that_worked_is_started_again_with_patience() -> None:
    dead = instance(OLD, alive=False)
    waiting = decide(view(dead, target=OLD)).actions
    retry = Retry(failures=1, until=NOW + 1, after=dead.started)
    assert waiting == (BackOff(dead.id, retry, "ended"),)
    retries = {dead.id: retry}
    assert decide(view(dead, target=OLD, retries=retries)).actions == ()
    later = view(dead, target=OLD, retries=retries, now=NOW + 2)
    assert decide(later).actions == (Start(OLD, 0),)


@pytest.mark.parametrize("goal", [OLD, NEW])
def test_what_ended_while_nobody_was_there_is_started_at_once(goal: Goal) -> None:
    dead = instance(goal, alive=False, ready=False, unattended=True)
    assert decide(view(dead, target=goal)).actions == (Start(goal, 0),)


def test_new_settings_that_fail_are_given_up_while_the_old_ones_serve() -> None:
    changed = replace(OLD, fingerprint="g", proven=False)
    dead = instance(changed, alive=False, ready=False)
    routed = frozenset({OLD_SERVES.id})
    decision = decide(view(OLD_SERVES, dead, target=changed, fallback=changed, routed=routed))
    assert decision.actions == (GiveUp(changed, dead.id, "ended"),)
    given_up = frozenset({changed.key})
    after = decide(
        view(OLD_SERVES, target=changed, fallback=changed, routed=routed, given_up=given_up)
    )
    assert after.actions == ()


def test_what_once_served_is_tried_again_when_nothing_else_serves() -> None:
    changed = replace(OLD, fingerprint="g", proven=False)
    given_up = frozenset({changed.key})
    decision = decide(view(target=changed, fallback=changed, given_up=given_up))
    assert decision.actions == (Start(changed, 0),)


def test_the_old_release_is_started_again_if_it_ends_while_a_new_one_is_built() -> None:
    building = replace(NEW, built=False)
    dead = instance(OLD, alive=False)
    retries = {dead.id: Retry(1, NOW - 1, dead.started)}
    decision = decide(
        view(dead, target=building, fallback=OLD, routed=frozenset({dead.id}), retries=retries)
    )
    assert decision.actions == (Build("r2"), Start(OLD, 0))


def test_a_candidate_overtaken_before_it_was_ready_is_stopped() -> None:
    overtaken = instance(NEW, ready=False)
    newest = Goal("r3", "f")
    decision = decide(view(OLD_SERVES, overtaken, target=newest, **ROUTED_OLD))
    assert decision.actions == (Start(newest, 0), Stop(overtaken.id))


def test_fewer_replicas_drain_what_is_too_many() -> None:
    first, second = instance(OLD), instance(OLD, slot=1)
    routed = frozenset({first.id, second.id})
    decision = decide(view(first, second, target=OLD, fallback=OLD, routed=routed))
    assert decision.draining == {second.id}
    assert Stop(second.id) not in decision.actions


def test_an_app_that_is_removed_drains_and_stops() -> None:
    decision = decide(view(OLD_SERVES, removed=True, routed=frozenset({OLD_SERVES.id})))
    assert (decision.actions, decision.draining) == ((), {OLD_SERVES.id})
    drained = replace(OLD_SERVES, unroutable_since=NOW - 5, active=0)
    assert decide(view(drained, removed=True)).actions == (Stop(drained.id),)


def test_waits_double_up_to_a_minute_and_a_long_run_starts_over() -> None:
    retry, waits = None, []
    for _ in range(8):
        retry = next_retry(retry, NOW - 1, NOW)
        waits.append(retry.until - NOW)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert next_retry(retry, NOW - 400, NOW).until == NOW + 1


@dataclass
class World:
    """A runtime and a control process that behave as badly as they may."""

    target: int = 1
    broken: set[int] = field(default_factory=set)
    now: float = 0.0
    instances: dict[str, Seen] = field(default_factory=dict)
    routed: frozenset[str] = frozenset()
    given_up: set[tuple[str, str]] = field(default_factory=set)
    retries: dict[str, Retry] = field(default_factory=dict)
    current: int | None = None
    lived: set[int] = field(default_factory=set)
    draining: frozenset[str] = frozenset()
    live: str | None = None

    def goal(self, number: int | None) -> Goal | None:
        if number is None or ((f"r{number}", "f") in self.given_up and number not in self.lived):
            return None
        return Goal(f"r{number}", "f", lived=number in self.lived, proven=number in self.lived)

    def step(self) -> tuple[Decision, frozenset[str]]:
        self.now += 1
        serving = frozenset(n for n in self.routed if n in self.instances and self.works(n))
        for name, seen in self.instances.items():
            out = name in self.draining and name not in self.routed
            since = seen.unroutable_since if seen.unroutable_since is not None else self.now
            self.instances[name] = replace(seen, unroutable_since=since if out else None, active=0)
        decision = decide(
            View(
                now=self.now,
                target=self.goal(self.target),
                fallback=self.goal(self.current),
                instances=tuple(self.instances.values()),
                routed=self.routed,
                given_up=frozenset(self.given_up),
                retries=self.retries,
                start_timeout=20,
                drain=5,
            )
        )
        self.draining = decision.draining
        self.live = decision.goal.release if decision.goal and decision.complete else self.live
        for action in decision.actions:
            self.act(action)
        return decision, serving

    def works(self, name: str) -> bool:
        return self.instances[name].works

    def act(self, action: object) -> None:
        match action:
            case Start(goal, slot):
                new = instance(goal, slot=slot, ready=False, started=self.now)
                self.instances[new.id] = new
            case Stop(name):
                self.instances.pop(name, None)
            case GiveUp(goal, _, _):
                self.given_up.add(goal.key)
            case BackOff(name, retry, _):
                self.retries[name] = retry
            case Promote(goal):
                self.current = int(goal.release[1:])
                self.lived.add(self.current)

    def mature(self) -> None:
        for name, seen in list(self.instances.items()):
            if seen.alive and int(seen.release[1:]) not in self.broken:
                self.instances[name] = replace(seen, ready=True)

    def fail(self) -> None:
        for name, seen in list(self.instances.items()):
            if int(seen.release[1:]) in self.broken and not seen.ready:
                self.instances[name] = replace(seen, alive=False)

    def route(self) -> None:
        ready = {
            name
            for name, seen in self.instances.items()
            if seen.works
            and name not in self.draining
            and seen.release == (self.live or seen.release)
        }
        if ready:
            self.routed = frozenset(ready)


EVENTS = ("tick", "mature", "fail", "route", "new", "new-broken")


def play(world: World, events: list[str]) -> Iterator[tuple[World, Decision, frozenset[str]]]:
    for event in events:
        match event:
            case "mature":
                world.mature()
            case "fail":
                world.fail()
            case "route":
                world.route()
            case "new" | "new-broken":
                world.target += 1
                if event == "new-broken":
                    world.broken.add(world.target)
        yield world, *world.step()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=60))
def test_what_serves_visitors_is_never_stopped_while_it_works(events: list[str]) -> None:
    served = False
    for world, decision, serving in play(World(), events):
        stopped = {action.instance for action in decision.actions if isinstance(action, Stop)}
        assert not stopped & serving
        served = served or bool(serving)
        if served:
            assert any(world.works(name) for name in world.routed if name in world.instances)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_a_good_release_is_alone_in_the_end_whatever_happened_before(events: list[str]) -> None:
    world = World()
    for _ in play(world, [*events, "new", *["tick", "mature", "fail", "route"] * 12]):
        pass
    assert {seen.release for seen in world.instances.values()} == {f"r{world.target}"}
    assert world.routed == frozenset(world.instances)
