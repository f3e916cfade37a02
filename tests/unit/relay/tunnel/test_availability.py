from appliance.relay.tunnel.availability import FIRST_PAUSE, Availability, Verdict


def down(longest: float = 5.0) -> Availability:
    """An app that two streams in a row found closed at second 100."""
    availability = Availability(longest)
    for _ in range(2):
        assert not availability.started()
        availability.died(100.0)
    return availability


def test_one_empty_end_means_nothing() -> None:
    availability = Availability(5.0)
    availability.died(100.0)
    assert availability.verdict(100.0) is Verdict.GO
    availability.lives()
    availability.died(101.0)
    assert availability.verdict(101.0) is Verdict.GO


def test_two_in_a_row_turn_visitors_away_for_a_while() -> None:
    availability = down()
    assert availability.verdict(100.0) is Verdict.REFUSE
    assert availability.verdict(100.0 + FIRST_PAUSE) is Verdict.GO


def test_one_probe_decides_for_all() -> None:
    availability = down()
    assert availability.started()
    assert availability.verdict(101.0) is Verdict.WAIT
    availability.lives()
    assert availability.verdict(101.0) is Verdict.GO
    assert not availability.troubled


def test_pauses_double_up_to_the_longest() -> None:
    availability, now, pauses = down(), 100.0, []
    for _ in range(6):
        pause = next(
            step / 8 for step in range(1, 100) if availability.verdict(now + step / 8) is Verdict.GO
        )
        pauses.append(pause)
        now += pause
        assert availability.started()
        availability.died(now)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_streams_that_were_under_way_do_not_lengthen_the_pause() -> None:
    availability = down()
    for _ in range(50):
        availability.died(100.1)
    assert availability.verdict(100.0 + FIRST_PAUSE) is Verdict.GO


def test_a_probe_whose_visitor_leaves_proves_nothing() -> None:
    availability = down()
    availability.started()
    availability.inconclusive()
    assert availability.verdict(101.0) is Verdict.GO
    assert availability.troubled
