from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config.units import (
    LARGEST,
    LONGEST,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512", 512),
        ("1kb", 1024),
        ("5mb", 5 * 2**20),
        ("1.5g", 3 * 2**29),
        ("2 GiB", 2**31),
        ("1T", 2**40),
        (0, 0),
        (4096, 4096),
    ],
)
def test_sizes_are_powers_of_1024(written, size):
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "written", ["", "mb", "-1", -1, True, 1.5, None, "5 apples", "1e9", "٣mb", "9" * 400, 2**63]
)
def test_what_is_no_size_is_refused(written):
    with pytest.raises(ValueError, match="expected a size"):
        parse_size(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30), ("15m", 900), ("1.5h", 5400), ("7d", 604_800), ("250ms", 0.25), ("0s", 0)],
)
def test_durations_carry_their_unit(written, seconds):
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "90", 90, 1.5, True, "1w", "-1s", "9" * 12 + "d", "1h30m"])
def test_what_is_no_duration_is_refused(written):
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(written)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=LARGEST))
def test_a_size_is_read_back_as_it_was_written(size):
    assert parse_size(format_size(size)) == size


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=LONGEST // timedelta(milliseconds=1)))
def test_a_duration_is_read_back_as_it_was_written(milliseconds):
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration
