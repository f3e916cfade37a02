"""Codes, recovery codes, and who needs which."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from appliance.auth.door import Door, open_door
from appliance.auth.people.person import NewPerson, Person
from appliance.auth.second_factor.factors import (
    Demand,
    Demands,
    Enrolled,
    Factors,
    Step,
    factors,
    next_step,
)
from appliance.auth.second_factor.totp import STEP
from tests.running.clock import HASHER, Hands


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def door(tmp_path: Path, hands: Hands) -> Iterator[Door]:
    door = open_door(tmp_path, clock=hands, passwords=HASHER)
    yield door
    door.engine.dispose()


@pytest.fixture
def all_factors(door: Door) -> Factors:
    return factors(door.engine, door.keys, door.clock)


@pytest.fixture
def ada(door: Door) -> Person:
    return door.people.create(NewPerson("ada"))


@pytest.fixture
def secret(all_factors: Factors, ada: Person, hands: Hands) -> str:
    made = all_factors.totp.enrolment(ada, "Lab")
    assert all_factors.totp.confirm(ada.id, made.secret, pyotp.TOTP(made.secret).at(int(hands())))
    hands.now += 2 * STEP
    return made.secret


def test_the_picture_names_the_appliance_and_the_person(all_factors: Factors, ada: Person) -> None:
    made = all_factors.totp.enrolment(ada, "Lab")
    assert made.uri.startswith("otpauth://totp/Lab:ada?secret=")
    assert made.secret not in repr(made)
    assert all_factors.totp.enrolment(ada, "Lab", made.secret) == made


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_phone_may_be_half_a_minute_off(
    all_factors: Factors, ada: Person, secret: str, hands: Hands, steps: int, *, good: bool
) -> None:
    code = pyotp.TOTP(secret).at(int(hands()) + steps * STEP)
    assert all_factors.totp.check(ada.id, code) is good


def test_a_code_opens_once_and_none_before_it_opens_after(
    all_factors: Factors, ada: Person, secret: str, hands: Hands
) -> None:
    totp, now = pyotp.TOTP(secret), int(hands())
    assert all_factors.totp.check(ada.id, totp.at(now))
    assert not all_factors.totp.check(ada.id, totp.at(now))
    assert not all_factors.totp.check(ada.id, totp.at(now - STEP))
    assert all_factors.totp.check(ada.id, totp.at(now + STEP))


def test_the_code_that_set_it_up_does_not_also_sign_in(
    all_factors: Factors, ada: Person, hands: Hands
) -> None:
    made = all_factors.totp.enrolment(ada, "Lab")
    code = pyotp.TOTP(made.secret).at(int(hands()))
    assert not all_factors.totp.confirm(ada.id, made.secret, "000000" if code != "000000" else "1")
    assert all_factors.totp.confirm(ada.id, made.secret, code)
    assert not all_factors.totp.check(ada.id, code)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345"])
def test_what_is_no_code_is_refused(
    all_factors: Factors, ada: Person, secret: str, code: str
) -> None:
    assert not all_factors.totp.check(ada.id, code)


def test_a_code_may_be_typed_with_a_space(
    all_factors: Factors, ada: Person, secret: str, hands: Hands
) -> None:
    code = pyotp.TOTP(secret).at(int(hands()))
    assert all_factors.totp.check(ada.id, f" {code[:3]} {code[3:]}")


def test_the_secret_is_not_in_the_database_as_it_is(
    all_factors: Factors, secret: str, door: Door, tmp_path: Path
) -> None:
    door.engine.dispose()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("control.db*"))
    assert secret.encode() not in content


def test_a_recovery_code_opens_once_however_it_is_typed(all_factors: Factors, ada: Person) -> None:
    first, second, *rest = all_factors.recovery.make(ada.id)
    assert len({first, second, *rest}) == 10
    assert all_factors.recovery.use(ada.id, first)
    assert not all_factors.recovery.use(ada.id, first)
    assert all_factors.recovery.use(ada.id, second.replace("-", " ").upper().replace("O", "0"))
    assert all_factors.recovery.left(ada.id) == 8


def test_new_recovery_codes_end_the_old_ones(all_factors: Factors, ada: Person, door: Door) -> None:
    old, new = all_factors.recovery.make(ada.id)[0], all_factors.recovery.make(ada.id)[0]
    bob = door.people.create(NewPerson("bob"))
    assert not all_factors.recovery.use(ada.id, old)
    assert not all_factors.recovery.use(bob.id, new)
    assert all_factors.recovery.use(ada.id, new)


def test_an_administrator_can_take_all_factors_away(
    all_factors: Factors, ada: Person, secret: str
) -> None:
    all_factors.recovery.make(ada.id)
    assert all_factors.of(ada.id) == Enrolled(totp=True, passkeys=0, recovery_codes=10)
    all_factors.remove_all(ada.id)
    assert all_factors.of(ada.id) == Enrolled(totp=False, passkeys=0, recovery_codes=0)


OFF, OPTIONAL, REQUIRED = Demand
NOTHING, CODES = Enrolled(False, 0, 10), Enrolled(True, 0, 0)
PASSKEY = Enrolled(False, 1, 0)


@pytest.mark.parametrize(
    ("demand", "enrolled", "step"),
    [
        (OFF, NOTHING, Step.DONE),
        (OFF, CODES, Step.DONE),
        (OFF, PASSKEY, Step.DONE),
        (OPTIONAL, NOTHING, Step.DONE),
        (OPTIONAL, CODES, Step.PROVE),
        (OPTIONAL, PASSKEY, Step.PROVE),
        (REQUIRED, NOTHING, Step.ENROL),
        (REQUIRED, CODES, Step.PROVE),
        (REQUIRED, PASSKEY, Step.PROVE),
    ],
)
def test_what_follows_a_password(demand: Demand, enrolled: Enrolled, step: Step) -> None:
    assert next_step(demand, enrolled) is step


@pytest.mark.parametrize(
    ("groups", "admin", "demand"),
    [
        ((), False, OPTIONAL),
        (("guests",), False, OPTIONAL),
        (("lab",), False, REQUIRED),
        (("guests", "lab"), False, REQUIRED),
        ((), True, REQUIRED),
        (("other",), False, OPTIONAL),
    ],
)
def test_the_strictest_rule_about_a_person_counts(
    door: Door, groups: tuple[str, ...], *, admin: bool, demand: Demand
) -> None:
    person = door.people.create(NewPerson("bob", groups=groups, admin=admin))
    demands = Demands(OPTIONAL, REQUIRED, {"lab": REQUIRED, "guests": OFF})
    assert demands.of(person) is demand
