"""What several shares may take together, in one process and in several."""

import gc
from itertools import count

from appliance.relay.joint import JointLimit, JointLimits, Terms

BOTH = Terms("key:ada", requests=10.0, connections=3)


def taken(limit: JointLimit, now: float) -> int:
    """How many requests it gives at once."""
    return next(number for number in count() if not limit.take(now))


def test_twice_the_rate_may_come_at_once_then_the_rate() -> None:
    limit = JointLimit(BOTH, parts=1)
    assert taken(limit, 100.0) == 20
    assert taken(limit, 101.0) == 10


def test_it_is_full_with_as_many_under_way_as_it_says() -> None:
    limit = JointLimit(BOTH, parts=1)
    limit.open = 2
    assert not limit.full
    limit.open = 3
    assert limit.full


def test_what_has_no_bound_has_none() -> None:
    limit = JointLimit(Terms("all", None, None), parts=1)
    limit.open = 1_000_000
    assert not limit.full
    assert limit.take(0.0)
    limit.elsewhere(1e6, 1_000_000, 1.0)
    assert not limit.full
    assert limit.take(1.0)


def test_the_others_leave_the_rest() -> None:
    limit = JointLimit(BOTH, parts=2)
    limit.elsewhere(3.0, 2, 100.0)
    taken(limit, 100.0)
    assert taken(limit, 101.0) == 7
    limit.open = 1
    assert limit.full
    limit.elsewhere(0.0, 0, 101.0)
    assert taken(limit, 102.0) == 10
    assert not limit.full


def test_who_comes_late_is_not_starved_and_together_they_keep_to_it() -> None:
    """Two processes whose visitors ask for all that there is."""
    first, second = JointLimit(BOTH, parts=2), JointLimit(BOTH, parts=2)
    for limit in (first, second):
        taken(limit, 100.0)
    rates = [10, 0]
    for second_ in range(101, 120):
        first.elsewhere(rates[1], 0, second_ - 1)
        second.elsewhere(rates[0], 0, second_ - 1)
        rates = [taken(first, second_), taken(second, second_)]
    assert rates == [5, 5]


def test_shares_of_one_owner_have_one_and_it_goes_with_the_last_of_them() -> None:
    joint_limits = JointLimits()
    assert not joint_limits
    (one,), (two,) = joint_limits.of([BOTH]), joint_limits.of([BOTH])
    assert one is two
    assert taken(one, 100.0) == 20
    (same,) = joint_limits.of([BOTH])
    assert not same.take(100.0)
    (wider,) = joint_limits.of([Terms("key:ada", 20.0, None)])
    assert wider is one
    assert taken(one, 100.0) == 40
    del one, two, same, wider
    gc.collect()
    assert not joint_limits


def test_who_is_not_named_is_used_by_nobody_else() -> None:
    joint_limits = JointLimits(2)
    (limit,) = joint_limits.of([BOTH])
    limit.open = 1
    joint_limits.elsewhere({"key:ada": (0.0, 2), "key:eve": (1.0, 1)}, 100.0)
    assert limit.full
    joint_limits.elsewhere({}, 101.0)
    assert not limit.full
