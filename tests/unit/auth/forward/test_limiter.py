from hypothesis import given
from hypothesis import strategies as st

from appliance.auth.forward.limiter import Limiter
from appliance.config.rates import Rate


class Hands:
    now = 1_000.0

    def __call__(self):
        return self.now


def test_all_calls_of_a_time_may_be_made_at_once_and_no_more():
    limiter = Limiter(Hands())
    assert [limiter.wait(("ada", Rate(3, 60))) for _ in range(3)] == [0, 0, 0]
    assert limiter.wait(("ada", Rate(3, 60))) == 20


def test_whoever_waits_as_told_is_let_in():
    hands = Hands()
    limiter = Limiter(hands)
    for _ in range(50):
        hands.now += limiter.wait(("ada", Rate(7, 60)))
        assert limiter.wait(("ada", Rate(7, 60))) == 0
        while not (wait := limiter.wait(("ada", Rate(7, 60)))):
            pass
        assert 0 < wait <= 60 / 7 + 1e-6


def test_being_refused_costs_nothing():
    hands = Hands()
    limiter = Limiter(hands)
    limiter.wait(("ada", Rate(1, 60)))
    for _ in range(1_000):
        assert limiter.wait(("ada", Rate(1, 60))) == 60
    hands.now += 60
    assert limiter.wait(("ada", Rate(1, 60))) == 0


@given(st.lists(st.floats(0, 30), max_size=100), st.integers(1, 9))
def test_in_no_time_are_more_than_twice_the_calls_let_through(pauses, calls):
    """A full allowance and what is earned meanwhile: the bound of a leaky bucket."""
    hands = Hands()
    limiter = Limiter(hands)
    let_in = []
    for pause in pauses:
        hands.now += pause
        if not limiter.wait(("ada", Rate(calls, 60))):
            let_in.append(hands.now)
    for start in let_in:
        assert sum(start <= at < start + 60 for at in let_in) <= 2 * calls


def test_callers_are_counted_apart():
    limiter = Limiter(Hands())
    assert limiter.wait(("ada", Rate(1, 60))) == 0
    assert limiter.wait(("bob", Rate(1, 60))) == 0


def test_what_is_remembered_is_bounded_and_who_calls_is_not_forgotten():
    limiter = Limiter(Hands(), remembered=10)
    limiter.wait(("ada", Rate(1, 60)))
    for stranger in range(1_000):
        limiter.wait((stranger, Rate(1, 60)))
        assert limiter.wait(("ada", Rate(1, 60))) > 0
    assert len(limiter._paid) == 10


def test_a_call_that_counts_on_two_accounts_is_let_through_by_both_or_counts_on_none():
    hands = Hands()
    limiter = Limiter(hands)
    room = ("house", Rate(3, 60))
    assert [limiter.wait((who, Rate(2, 60)), room) for who in "aab"] == [0, 0, 0]
    assert limiter.wait(("b", Rate(2, 60)), room) == 20
    assert limiter.wait(("b", Rate(2, 60))) == 0
    assert limiter.wait(("a", Rate(2, 60)), ("another", Rate(9, 60))) == 30
    assert "another" not in limiter._paid


def test_whoever_is_refused_for_others_takes_no_memory():
    limiter = Limiter(Hands())
    limiter.wait(("house", Rate(1, 60)))
    for stranger in range(100):
        assert limiter.wait((stranger, Rate(1, 60)), ("house", Rate(1, 60))) > 0
    assert list(limiter._paid) == ["house"]
