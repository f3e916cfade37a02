"""What several shares may take together, in one process and in several."""

import gc
from itertools import count

from appliance.relay.budget import Budget, Budgets, Terms

BOTH = Terms("key:ada", requests=10.0, connections=3)


def taken(budget: Budget, now: float) -> int:
    """How many requests it gives at once."""
    return next(number for number in count() if not budget.take(now))


def test_twice_the_rate_may_come_at_once_then_the_rate() -> None:
    budget = Budget(BOTH, parts=1)
    assert taken(budget, 100.0) == 20
    assert taken(budget, 101.0) == 10


def test_it_is_full_with_as_many_under_way_as_it_says() -> None:
    budget = Budget(BOTH, parts=1)
    budget.open = 2
    assert not budget.full
    budget.open = 3
    assert budget.full


def test_what_has_no_bound_has_none() -> None:
    budget = Budget(Terms("all", None, None), parts=1)
    budget.open = 1_000_000
    assert not budget.full
    assert budget.take(0.0)
    budget.elsewhere(1e6, 1_000_000, 1.0)
    assert not budget.full
    assert budget.take(1.0)


def test_the_others_leave_the_rest() -> None:
    budget = Budget(BOTH, parts=2)
    budget.elsewhere(3.0, 2, 100.0)
    taken(budget, 100.0)
    assert taken(budget, 101.0) == 7
    budget.open = 1
    assert budget.full
    budget.elsewhere(0.0, 0, 101.0)
    assert taken(budget, 102.0) == 10
    assert not budget.full


def test_who_comes_late_is_not_starved_and_together_they_keep_to_it() -> None:
    """Two processes whose visitors ask for all that there is."""
    first, second = Budget(BOTH, parts=2), Budget(BOTH, parts=2)
    for budget in (first, second):
        taken(budget, 100.0)
    rates = [10, 0]
    for second_ in range(101, 120):
        first.elsewhere(rates[1], 0, second_ - 1)
        second.elsewhere(rates[0], 0, second_ - 1)
        rates = [taken(first, second_), taken(second, second_)]
    assert rates == [5, 5]


def test_shares_of_one_owner_have_one_and_it_goes_with_the_last_of_them() -> None:
    budgets = Budgets()
    assert not budgets
    (one,), (two,) = budgets.of([BOTH]), budgets.of([BOTH])
    assert one is two
    assert taken(one, 100.0) == 20
    (same,) = budgets.of([BOTH])
    assert not same.take(100.0)
    (wider,) = budgets.of([Terms("key:ada", 20.0, None)])
    assert wider is one
    assert taken(one, 100.0) == 40
    del one, two, same, wider
    gc.collect()
    assert not budgets


def test_who_is_not_named_is_used_by_nobody_else() -> None:
    budgets = Budgets(2)
    (budget,) = budgets.of([BOTH])
    budget.open = 1
    budgets.elsewhere({"key:ada": (0.0, 2), "key:eve": (1.0, 1)}, 100.0)
    assert budget.full
    budgets.elsewhere({}, 101.0)
    assert not budget.full
