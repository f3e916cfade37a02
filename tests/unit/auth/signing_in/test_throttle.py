from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.auth.door import open_door
from appliance.auth.failures import TooManyAttemptsError
from appliance.auth.signing_in.attempts import Lockouts
from appliance.auth.signing_in.throttle import LONGEST, Limits, Throttle
from appliance.auth.whereabouts import NETWORK_FACTOR
from tests.running.clock import HASHER, Hands

LIMITS = Limits(failures=3, within=timedelta(minutes=10), lasts=timedelta(minutes=5))


@pytest.fixture
def told():
    return []


@pytest.fixture
def throttle(clock, told):
    return Throttle(clock, lambda: LIMITS, lambda *words: told.append(words[1:]))


def locked(throttle, account, address):
    try:
        throttle.check(account, address)
    except TooManyAttemptsError as error:
        return error.retry_after.total_seconds()
    return 0


def fail(throttle, account, address, times=3):
    for _ in range(times):
        throttle.failed(account, address)


def test_a_few_failures_lock_out_the_account_at_that_address(throttle, told):
    fail(throttle, "ada", "10.0.0.1", 2)
    assert not locked(throttle, "ada", "10.0.0.1")
    fail(throttle, "Ada ", "10.0.0.1", 1)
    assert locked(throttle, "ada", "10.0.0.1") == 300
    assert not locked(throttle, "bob", "10.0.0.1")
    # The account's owner is somewhere else.
    assert not locked(throttle, "ada", "10.0.0.2")
    assert told == [("Ada ", "10.0.0.1")]
    assert throttle.locked_out == 1


def test_old_failures_do_not_count(throttle, clock):
    fail(throttle, "ada", "10.0.0.1", 2)
    clock.now += 600
    fail(throttle, "ada", "10.0.0.1", 2)
    assert not locked(throttle, "ada", "10.0.0.1")


def test_each_lockout_lasts_twice_as_long_up_to_a_day(throttle, clock):
    lasted = []
    for _ in range(12):
        fail(throttle, "ada", "10.0.0.1")
        lasted.append(locked(throttle, "ada", "10.0.0.1"))
        clock.now += lasted[-1]
    assert lasted[:3] == [300, 600, 1200]
    assert lasted[-1] == LONGEST.total_seconds()


def test_a_clock_that_was_ahead_locks_nobody_out_for_years(throttle, clock):
    right = clock.now
    clock.now += 4 * 365 * 86_400
    fail(throttle, "ada", "10.0.0.1")
    fail(throttle, "bob", "10.0.0.1", 2)
    clock.now = right
    restarted = Throttle(clock, lambda: LIMITS)
    restarted.restore(throttle.in_force())
    for one in (throttle, restarted):
        assert locked(one, "ada", "10.0.0.1") == LONGEST.total_seconds()
    # Failures of a time to come are none of now.
    fail(throttle, "bob", "10.0.0.1", 1)
    assert not locked(throttle, "bob", "10.0.0.1")
    clock.now += LONGEST.total_seconds()
    for one in (throttle, restarted):
        assert not locked(one, "ada", "10.0.0.1")


def test_a_success_is_a_new_beginning_for_that_pair(throttle):
    fail(throttle, "ada", "10.0.0.1", 2)
    throttle.succeeded("ada", "10.0.0.1")
    fail(throttle, "ada", "10.0.0.1", 2)
    assert not locked(throttle, "ada", "10.0.0.1")


def test_an_address_that_tries_many_accounts_is_locked_out(throttle):
    for number in range(12):
        throttle.failed(f"user{number}", "10.0.0.1")
    assert locked(throttle, "somebody-else", "10.0.0.1")
    assert not locked(throttle, "somebody-else", "10.0.0.2")


def test_an_account_tried_from_many_addresses_is_locked_out(throttle):
    for number in range(30):
        throttle.failed("ada", f"10.0.{number}.1")
    assert locked(throttle, "ada", "192.0.2.1")
    assert not locked(throttle, "bob", "192.0.2.1")
    throttle.forgive("ADA")
    assert not locked(throttle, "ada", "192.0.2.1")


def test_a_network_of_ipv6_does_not_spray_from_one_address_after_another(throttle):
    """Each failure on another account, from another /64."""
    most = LIMITS.failures * NETWORK_FACTOR
    for number in range(most - 1):
        throttle.failed(f"user{number}", f"2001:db8:7:{number:x}::1")
    assert not locked(throttle, "somebody-else", "2001:db8:7:ffff::1")
    throttle.failed("one-more", "2001:db8:7:fffe::1")
    assert locked(throttle, "somebody-else", "2001:db8:7:ffff::1")
    assert not locked(throttle, "somebody-else", "2001:db8:8::1")


def test_ipv4_has_no_wider_network(throttle):
    for number in range(LIMITS.failures * NETWORK_FACTOR * 2):
        throttle.failed(f"user{number}", f"10.0.0.{number}")
        throttle.failed(f"user{number}", f"::ffff:10.0.1.{number}")
    assert not locked(throttle, "somebody-else", "10.0.0.200")


@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=50)), max_size=60))
def test_strangers_choose_neither_memory_nor_a_crash(attempts):
    throttle = Throttle(Hands(), remembered=20)
    for account, address in attempts:
        throttle.failed(account, address)
    assert len(throttle._records) <= 20
    assert all(len(key) == 32 for key in throttle._records)


def test_a_restart_forgives_nobody(throttle, engine, clock):
    lockouts = Lockouts(engine, clock)
    kept = Throttle(clock, lambda: LIMITS, lambda lockout, *_: lockouts.note(lockout))
    fail(kept, "ada", "10.0.0.1")
    lockouts.flush()
    again = Throttle(clock, lambda: LIMITS)
    again.restore(Lockouts(engine, clock).in_force())
    assert locked(again, "ada", "10.0.0.1") == 300
    clock.now += 300
    assert Lockouts(engine, clock).in_force() == []


def test_forgiving_one_forgives_nobody_else(tmp_path, clock):
    def opened():
        return open_door(tmp_path, clock=clock, passwords=HASHER)

    door = opened()
    for name in ("ada", "bob"):
        fail(door.throttle, name, "192.0.2.1", times=5)
    door.tidy()
    door.throttle.forgive("ada")
    door.lockouts.forget()
    door.tidy()
    door.engine.dispose()
    again = opened()
    assert locked(again.throttle, "bob", "192.0.2.1")
    assert not locked(again.throttle, "ada", "192.0.2.1")
    again.engine.dispose()


def test_a_burst_of_guesses_is_locked_out_as_its_parts_would_be(clock):
    """Those that were let through before the first had failed all count, and so does the wait."""
    throttle = Throttle(clock)
    for _ in range(40):
        throttle.check("ada", "192.0.2.1")
    for _ in range(40):
        throttle.failed("ada", "192.0.2.1")
    with pytest.raises(TooManyAttemptsError) as caught:
        throttle.check("ada", "192.0.2.1")
    assert caught.value.retry_after == LONGEST


def test_the_addresses_of_one_network_are_tried_from_one_after_another_in_vain(clock):
    throttle = Throttle(clock)
    for number in range(5):
        throttle.failed("ada", f"2001:db8:1:2:{number}::{number}")
    with pytest.raises(TooManyAttemptsError):
        throttle.check("ada", "2001:db8:1:2:ffff::1")
    throttle.check("ada", "2001:db8:1:3::1")
