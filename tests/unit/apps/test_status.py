"""What is told about an app that ended, by how often it did."""

from datetime import UTC, datetime

import pytest

from appliance.apps.model import Ended, Phase, Problem
from appliance.apps.reconcile import Goal, Retry, Seen, View, decide
from appliance.apps.runtime import Running
from appliance.apps.status import Known, settled, status

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOAL = Goal("r1", "f", lived=True, proven=True)
STARTED = NOW.timestamp()
ENDED = Seen("hello-0", "r1", "f", 0, alive=False, ready=True, started=STARTED)


def known(
    seen: Seen,
    retries: dict[str, Retry],
    problem: Problem | None,
    after: float,
    ended: Ended | None = None,
) -> Known:
    now = STARTED + after
    view = View(now, GOAL, GOAL, (seen,), frozenset({seen.id}), retries=retries)
    running = Running(
        id=seen.id, app="hello", release="r1", fingerprint="f", address="http://x",
        started=NOW, alive=seen.alive,
    )  # fmt: skip
    return Known(
        name="hello", view=view, decision=decide(view), running={seen.id: running},
        unresponsive=frozenset(), memory={}, releases=(), current="r1", pinned=False,
        problem=problem, ended=ended, progress="", reading=False, building=False,
    )  # fmt: skip


CRASH = Problem(code="script-ended", summary="app.py ended.")


def test_an_app_is_not_settled_in_the_moment_in_which_it_ended() -> None:
    ended = known(ENDED, {}, None, 10)
    assert status(ended).phase is Phase.STARTING
    assert not settled(ended)


@pytest.mark.parametrize(
    ("times", "phase", "is_settled"),
    [(1, Phase.STARTING, False), (3, Phase.STARTING, False), (4, Phase.FAILED, True)],
)
def test_an_app_that_ends_again_and_again_has_failed_though_it_is_tried_for_ever(
    times: int, phase: Phase, *, is_settled: bool
) -> None:
    retry = Retry(times, STARTED + 60, STARTED)
    ended = known(ENDED, {ENDED.id: retry}, CRASH, 10)
    found = status(ended)
    assert (found.phase, settled(ended)) == (phase, is_settled)
    assert found.problem is CRASH
    assert found.progress == f"Ended; starts again, {times}. time"


def test_an_app_that_a_power_cut_ended_is_starting() -> None:
    dead = Seen("hello-0", "r1", "f", 0, alive=False, ready=False, started=STARTED, unattended=True)
    ended = known(dead, {}, None, 1000)
    assert status(ended).phase is Phase.STARTING
    assert not settled(ended)


AGAIN = Seen("hello-0", "r1", "f", 0, alive=True, ready=True, started=STARTED)


@pytest.mark.parametrize(
    ("release", "problem", "after", "told"),
    [
        ("r1", None, 3600, True),
        ("r1", None, 90_000, False),
        ("r0", None, 3600, False),
        ("r1", CRASH, 3600, False),
    ],
)
def test_why_an_instance_ended_is_told_for_a_day_though_all_is_well_again(
    release: str, problem: Problem | None, after: float, *, told: bool
) -> None:
    killed = Problem(code="killed-for-memory", summary="Too much memory.", release=release)
    found = status(known(AGAIN, {}, problem, after, Ended(at=NOW, problem=killed)))
    assert found.phase is Phase.LIVE
    assert (found.ended is not None) is told
