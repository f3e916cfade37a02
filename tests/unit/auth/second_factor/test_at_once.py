"""Many who try at the same moment get no more than one after another would."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest

from appliance.auth.keys import keys
from appliance.auth.second_factor.recovery import RecoveryCodes
from appliance.auth.second_factor.totp import STEP, Totp

MANY = 12


def successes(attempt: Callable[[int], bool]) -> int:
    """Of so many attempts, all of which are under way before the first is over."""
    start = Barrier(MANY)

    def one(number: int) -> bool:
        start.wait(60)
        return attempt(number)

    with ThreadPoolExecutor(MANY) as threads:
        return sum(threads.map(one, range(MANY)))


@pytest.fixture
def totp(engine, tmp_path, clock):
    return Totp(engine, keys(tmp_path / "keys"), clock)


@pytest.fixture
def app(totp, ada, clock):
    made = totp.enrolment(ada, "Test")
    shown = pyotp.TOTP(made.secret)
    assert totp.confirm(ada.id, made.secret, shown.at(int(clock())))
    return shown


def test_a_code_of_the_app_opens_once(totp, app, ada, clock):
    clock.now += STEP
    code = app.at(int(clock()))
    assert successes(lambda _: totp.check(ada.id, code)) == 1
    assert not totp.check(ada.id, code)


def test_a_code_from_before_does_not_follow_a_later_one(totp, app, ada, clock):
    """The clock of a phone may be behind: an older code is still good, unless a newer was used."""
    clock.now += STEP
    before, now = app.at(int(clock())), app.at(int(clock()) + STEP)
    assert totp.check(ada.id, now)
    assert not totp.check(ada.id, before)
    clock.now += 3 * STEP
    assert not totp.check(ada.id, now)


def test_a_recovery_code_opens_once(engine, ada, clock):
    codes = RecoveryCodes(engine, clock)
    kept = codes.make(ada.id)
    assert successes(lambda _: codes.use(ada.id, kept[0])) == 1
    assert codes.left(ada.id) == len(kept) - 1
