from itertools import islice

from appliance.backoff import FIRST, LONGEST, STEADY, BackOff


def pauses(*runs):
    back_off = BackOff()
    for ran in runs:
        pause, back_off = back_off.after(ran)
        yield pause


def test_each_short_run_doubles_the_pause():
    assert list(pauses(0, 0, 0)) == [FIRST, FIRST * 2, FIRST * 4]


def test_the_pause_has_a_limit():
    assert list(islice(pauses(*[0] * 50), 40, None)) == [LONGEST] * 10


def test_a_long_run_is_forgiven_everything():
    assert list(pauses(0, 0, 0, STEADY, 0))[3:] == [FIRST, FIRST * 2]
