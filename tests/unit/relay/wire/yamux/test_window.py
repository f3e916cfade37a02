import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.wire.yamux.frame import INITIAL_WINDOW
from appliance.relay.wire.yamux.window import EARLY, ON_TRUST, Budget, Reached, ReceiveWindow

MEBIBYTE = 1024 * 1024


def carry(window: ReceiveWindow, *, seconds: float, start: float = 0.0, rtt: float = 0.0) -> int:
    """Send all the window allows, consume it within `seconds`; the increments announced."""
    amount = window.credit
    assert window.receive(amount, start, rtt)
    half = amount // 2
    first = window.consumed(half, start + seconds / 2, rtt)
    return first + window.consumed(amount - half, start + seconds, rtt)


def window(total: int = 64 * MEBIBYTE, maximum: int = 16 * MEBIBYTE) -> ReceiveWindow:
    return ReceiveWindow(Budget(total), maximum)


def test_a_peer_may_send_exactly_what_it_was_told() -> None:
    one = window()
    assert one.receive(INITIAL_WINDOW, 0.0, 0.0)
    assert not one.receive(1, 0.0, 0.0)
    other = window()
    assert not other.receive(INITIAL_WINDOW + 1, 0.0, 0.0)
    assert other.credit == INITIAL_WINDOW


def test_credit_returns_once_half_of_the_window_was_consumed() -> None:
    one = window()
    one.receive(INITIAL_WINDOW, 0.0, 0.0)
    assert one.consumed(INITIAL_WINDOW // 2 - 1, 1.0, 0.0) == 0
    assert one.consumed(1, 1.0, 0.0) == INITIAL_WINDOW // 2
    assert one.credit == INITIAL_WINDOW // 2


def test_nothing_can_be_consumed_that_was_not_received() -> None:
    one = window()
    one.receive(10, 0.0, 0.0)
    one.consumed(10, 0.0, 0.0)
    with pytest.raises(ValueError, match="fewer were received"):
        one.consumed(1, 0.0, 0.0)


def test_a_window_that_limits_the_rate_grows_sixteenfold_up_to_its_maximum() -> None:
    one = window(maximum=6 * MEBIBYTE)
    assert carry(one, seconds=0.01) == 16 * INITIAL_WINDOW
    assert one.size == one.credit == 16 * INITIAL_WINDOW
    for _ in range(5):
        carry(one, seconds=0.01)
    assert one.size == 6 * MEBIBYTE
    assert one.credit > one.size // 2


def test_a_slow_consumer_keeps_its_small_window() -> None:
    one = window()
    for start in range(5):
        assert carry(one, seconds=1.0, start=start) == INITIAL_WINDOW
    assert one.size == INITIAL_WINDOW


def test_a_long_link_grows_although_a_window_takes_long() -> None:
    one = window()
    carry(one, seconds=0.11, rtt=0.1)
    assert one.size == 16 * INITIAL_WINDOW


def test_a_busy_machine_that_delays_some_rounds_is_no_slow_link() -> None:
    one = window()
    carry(one, seconds=0.19, rtt=0.05)
    grown = one.size
    assert grown == int(INITIAL_WINDOW * 2 / 0.19)
    carry(one, seconds=0.21, rtt=0.05)
    assert one.size == grown


def test_a_window_holds_no_more_than_two_seconds_of_the_rate() -> None:
    one = window()
    carry(one, seconds=0.8, rtt=0.6)
    assert one.size == 2.5 * INITIAL_WINDOW


def test_no_round_trip_is_long_enough_for_more_than_two_seconds_in_flight() -> None:
    one = window()
    carry(one, seconds=1.01, rtt=30.0)
    assert one.size == INITIAL_WINDOW


def test_a_pause_between_two_responses_does_not_count_as_slowness() -> None:
    one = window()
    carry(one, seconds=0.01)
    carry(one, seconds=0.01, start=3600.0)
    assert one.size == 16 * MEBIBYTE


def test_a_pause_within_a_response_does_not_count_as_slowness() -> None:
    one = window()
    for start in (0.0, 60.0, 3600.0):
        assert one.receive(1000, start, 0.05)
        one.consumed(1000, start, 0.05)
    rest = one.credit
    assert one.receive(rest, 7200.0, 0.05)
    one.consumed(rest, 7200.01, 0.05)
    assert one.size > 8 * INITIAL_WINDOW


def test_many_small_answers_do_not_count_as_slowness() -> None:
    one = window()
    for number in range(100):
        one.asked()
        assert one.receive(1000, number * 0.1, 0.05)
        one.consumed(1000, number * 0.1, 0.05)
    one.asked()
    credit = one.credit
    assert one.receive(credit, 60.0, 0.05)
    one.consumed(credit, 60.19, 0.05)
    one.receive(INITIAL_WINDOW - credit, 60.19, 0.05)
    one.consumed(INITIAL_WINDOW - credit, 60.19, 0.05)
    assert one.size > 8 * INITIAL_WINDOW


def test_what_is_sent_in_the_middle_of_an_answer_does_not_hide_that_it_is_slow() -> None:
    one = window()
    credit = one.credit
    assert one.receive(credit, 0.0, 0.05)
    one.consumed(credit // 2, 1.0, 0.05)
    one.asked()
    one.consumed(credit // 2, 1.01, 0.05)
    assert one.size == INITIAL_WINDOW


def test_a_visitor_who_takes_nothing_for_a_while_is_slow() -> None:
    one = window()
    assert one.receive(1000, 0.0, 0.05)
    rest = one.credit
    assert one.receive(rest, 60.0, 0.05)
    one.consumed(rest + 1000, 60.01, 0.05)
    assert one.size == INITIAL_WINDOW


def test_a_link_that_trickles_is_slow_whatever_its_pauses() -> None:
    one = window()
    for number in range(INITIAL_WINDOW // 32768):
        assert one.receive(32768, float(number), 0.05)
        one.consumed(32768, number + 0.01, 0.05)
    assert one.size == INITIAL_WINDOW


def test_no_session_takes_all_of_a_budget() -> None:
    budget = Budget(256 * MEBIBYTE)
    greedy, other = budget.part(), budget.part()
    windows = [ReceiveWindow(greedy, 16 * MEBIBYTE) for _ in range(20)]
    one = ReceiveWindow(other, 16 * MEBIBYTE)
    for each in (*windows, one):
        for _ in range(3):
            carry(each, seconds=0.01)
    assert greedy.left == 0
    assert one.size == 16 * MEBIBYTE
    assert budget.left == budget.total - greedy.total - one.size + INITIAL_WINDOW
    for each in (*windows, one):
        each.release()
    assert greedy.left == greedy.total
    assert budget.left == budget.total


def test_a_part_holds_two_of_the_largest_windows_if_there_are_as_many_bytes() -> None:
    assert Budget(64 * MEBIBYTE).part().total == 32 * MEBIBYTE
    assert Budget(8 * MEBIBYTE).part().total == 8 * MEBIBYTE


def test_a_part_is_no_more_than_what_is_left_of_the_whole() -> None:
    budget = Budget(64 * MEBIBYTE)
    one, two, three = (budget.part() for _ in range(3))
    assert one.take(32 * MEBIBYTE)
    assert two.take(32 * MEBIBYTE)
    assert three.left == three.spare == 0
    assert not three.take(1)
    two.give(32 * MEBIBYTE)
    assert three.left == 32 * MEBIBYTE


def test_the_budget_bounds_all_windows_together_and_gets_everything_back() -> None:
    budget = Budget(3 * INITIAL_WINDOW)
    windows = [ReceiveWindow(budget, 16 * MEBIBYTE) for _ in range(10)]
    for _ in range(4):
        for one in windows:
            carry(one, seconds=0.001)
    assert sum(one.size for one in windows) == 13 * INITIAL_WINDOW
    assert budget.left == 0
    for one in windows:
        one.release()
        one.release()
    assert budget.left == budget.total


class TestTrust:
    """A session of which nothing is known yet, with a peer that is far away."""

    FAR = 0.05

    def trusted(self, reached: Reached) -> ReceiveWindow:
        one = ReceiveWindow(Budget(64 * MEBIBYTE), 16 * MEBIBYTE, reached)
        assert one.widen(self.FAR) == ON_TRUST - INITIAL_WINDOW
        return one

    def pass_on(self, one: ReceiveWindow, amount: int, seconds: float) -> int:
        assert one.receive(amount, 1.0, self.FAR)
        return one.consumed(amount, 1.0 + seconds, self.FAR)

    def test_a_peer_nearby_needs_none(self) -> None:
        assert window().widen(0.009) == 0

    def test_one_stream_at_a_time_is_trusted(self) -> None:
        reached = Reached()
        first = self.trusted(reached)
        second = ReceiveWindow(Budget(64 * MEBIBYTE), 16 * MEBIBYTE, reached)
        assert second.widen(self.FAR) == 0
        first.release()
        assert second.widen(self.FAR) == ON_TRUST - INITIAL_WINDOW

    def test_the_first_bytes_that_pass_quickly_let_it_grow(self) -> None:
        one = self.trusted(Reached())
        increment = self.pass_on(one, INITIAL_WINDOW, 0.01)
        assert one.size == 16 * INITIAL_WINDOW
        assert one.credit == one.size
        assert increment == one.size - ON_TRUST + INITIAL_WINDOW

    def test_the_first_bytes_that_pass_slowly_end_the_trust(self) -> None:
        reached = Reached()
        one = self.trusted(reached)
        assert self.pass_on(one, INITIAL_WINDOW, 3.0) == 0
        assert one.size == ON_TRUST
        one.release()
        following = ReceiveWindow(Budget(64 * MEBIBYTE), 16 * MEBIBYTE, reached)
        assert following.widen(self.FAR) == 0


class TestReached:
    """What one stream of a session came to, the next one gets from the beginning."""

    @staticmethod
    def grown(budget: Budget, reached: Reached, *, seconds: float = 0.01) -> ReceiveWindow:
        one = ReceiveWindow(budget, 16 * MEBIBYTE, reached)
        for _ in range(3):
            carry(one, seconds=seconds)
        return one

    def test_a_session_without_a_past_gives_nothing(self) -> None:
        assert window().widen(0.0) == 0

    def test_the_next_stream_need_not_grow_again(self) -> None:
        budget, reached = Budget(64 * MEBIBYTE), Reached()
        self.grown(budget, reached).release()
        second = ReceiveWindow(budget, 16 * MEBIBYTE, reached)
        assert second.widen(0.0) == EARLY - INITIAL_WINDOW
        assert second.credit == second.size == EARLY
        assert second.widen(0.0) == 0
        assert second.receive(EARLY, 1.0, 0.0)
        assert second.consumed(EARLY, 1.001, 0.0) > EARLY
        second.release()
        assert budget.left == budget.total

    def test_all_early_promises_of_a_session_are_two_seconds_of_its_rate(self) -> None:
        budget, reached = Budget(8192 * MEBIBYTE), Reached()
        self.grown(budget, reached)
        allowed = 2 * reached.rate
        windows = [ReceiveWindow(budget, 16 * MEBIBYTE, reached) for _ in range(1000)]
        given = [one.widen(0.0) for one in windows]
        assert given[-1] == 0
        assert allowed - EARLY < sum(given) <= allowed
        windows[0].release()
        assert windows[-1].widen(0.0) == EARLY - INITIAL_WINDOW

    def test_a_link_that_became_slow_is_believed(self) -> None:
        budget, reached = Budget(64 * MEBIBYTE), Reached()
        self.grown(budget, reached)
        second = ReceiveWindow(budget, 16 * MEBIBYTE, reached)
        second.widen(0.0)
        carry(second, seconds=20.0)
        third = ReceiveWindow(budget, 16 * MEBIBYTE, reached)
        assert third.widen(0.0) == 0

    def test_a_slow_visitor_is_no_slow_link(self) -> None:
        budget, reached = Budget(64 * MEBIBYTE), Reached()
        slow = ReceiveWindow(budget, 16 * MEBIBYTE, reached)
        self.grown(budget, reached)
        carry(slow, seconds=20.0)
        assert ReceiveWindow(budget, 16 * MEBIBYTE, reached).widen(0.0) == EARLY - INITIAL_WINDOW

    def test_half_of_the_budget_is_for_streams_that_have_shown_their_need(self) -> None:
        reached = Reached()
        self.grown(Budget(64 * MEBIBYTE), reached)
        budget = Budget(3 * MEBIBYTE)
        first, second = (ReceiveWindow(budget, 16 * MEBIBYTE, reached) for _ in range(2))
        assert first.widen(0.0) == 1.5 * MEBIBYTE
        assert second.widen(0.0) == 0
        carry(second, seconds=0.01)
        assert second.size == 1.75 * MEBIBYTE


@given(
    st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=INITIAL_WINDOW),
            st.floats(min_value=0, max_value=1),
            st.floats(min_value=0, max_value=1),
        ),
        max_size=60,
    )
)
def test_promises_and_unread_bytes_never_exceed_the_window(
    steps: list[tuple[int, float, float]],
) -> None:
    one, now, unread = window(), 0.0, 0
    for amount, share, elapsed in steps:
        now += elapsed / 100
        sent = min(amount, one.credit)
        assert one.receive(sent, now, 0.0)
        unread += sent
        passed = int(unread * share)
        one.consumed(passed, now, 0.05)
        unread -= passed
        assert one.credit + unread <= one.size
