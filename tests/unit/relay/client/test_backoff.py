from appliance.relay.client.backoff import LONGEST, QUICK, STEADY, BackOff


def pauses(onlines: list[float], chance: float = 0.5) -> list[float]:
    state, found = BackOff(), []
    for online in onlines:
        pause, state = state.after(online, chance)
        found.append(pause)
    return found


def test_a_loss_is_followed_by_three_quick_tries_and_then_longer_ones() -> None:
    assert pauses([0.5] * 6) == [QUICK / 2] * 3 + [1, 2, 4]


def test_an_unreachable_relay_is_asked_ever_more_rarely() -> None:
    assert pauses([0] * 7) == [1, 2, 4, 8, 16, LONGEST, LONGEST]


def test_a_long_time_online_makes_up_for_former_losses() -> None:
    assert pauses([0] * 6 + [STEADY, 0])[-2:] == [QUICK / 2, 1]


def test_clients_that_lost_the_relay_together_do_not_return_together() -> None:
    first, last = pauses([0.5] * 6, chance=0), pauses([0.5] * 6, chance=1)
    assert first == [0] * 3 + [0.9, 1.8, 3.6]
    assert last == [0.5] * 3 + [1.1, 2.2, 4.4]
