"""When an authority is asked, by a clock of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.certs.history import Attempt
from appliance.certs.model import Certificate, Origin
from appliance.certs.ordering import (
    LETS_ENCRYPT,
    Order,
    Wait,
    Why,
    limits_of,
    next_step,
    renewal,
)
from appliance.config.tls import Tls

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NAMES = ("a.org", "b.org")


def certificate(*names: str, age: timedelta = DAY, life: timedelta = 90 * DAY) -> Certificate:
    return Certificate(
        names, NOW - age, NOW - age + life, Origin.CERTBOT, "80000000" + "0" * 56, "", "", ""
    )


def failed(ago: timedelta, subject: str = "s", until: datetime | None = None) -> Attempt:
    return Attempt(
        at=NOW - ago, directory="d", subject=subject, names=NAMES, code="dns", not_before=until
    )


def issued(ago: timedelta, names: tuple[str, ...] = NAMES) -> Attempt:
    return Attempt(at=NOW - ago, directory="d", subject="s", names=names, fingerprint="f")


def step(*certificates: Certificate, history: tuple[Attempt, ...] = (), subject: str = "s"):
    return next_step(NAMES, certificates, history, subject, NOW, LETS_ENCRYPT)


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        ([], Order(NAMES, Why.FIRST)),
        ([certificate("a.org")], Order(NAMES, Why.EXTEND)),
        ([certificate(*NAMES, age=91 * DAY)], Order(NAMES, Why.FIRST)),
        ([certificate(*NAMES, age=61 * DAY)], Order(NAMES, Why.RENEW)),
        ([certificate(*NAMES, age=61 * DAY), certificate("a.org")], Order(NAMES, Why.RENEW)),
    ],
)
def test_an_order_is_made_when_something_is_missing_or_old(certificates, expected):
    assert step(*certificates) == expected


def test_nothing_is_ordered_while_a_good_one_is_young():
    young = certificate(*NAMES, "more.org")
    assert step(young) == Wait(renewal(young))
    assert step(young, certificate(*NAMES, age=80 * DAY)) == Wait(renewal(young))


def test_renewal_is_at_two_thirds_of_life_or_a_little_earlier():
    for life in (90 * DAY, 6 * DAY, MINUTE):
        one = certificate(*NAMES, life=life)
        assert 0.61 < (renewal(one) - one.not_before) / life < 0.67


def test_without_names_there_is_nothing_to_do():
    assert isinstance(next_step((), [], (), "s", NOW, LETS_ENCRYPT), Wait)


@pytest.mark.parametrize(
    ("row", "pause"), [(1, 5 * MINUTE), (2, 10 * MINUTE), (3, 20 * MINUTE), (12, 12 * HOUR)]
)
def test_each_failure_doubles_the_pause_up_to_half_a_day(row, pause):
    history = (*(failed((row - n) * DAY) for n in range(1, row)), failed(MINUTE))
    assert step(history=history) == Wait(NOW - MINUTE + pause, limited=True)


def test_a_new_configuration_is_tried_at_once_within_the_limits():
    assert step(history=(failed(MINUTE),), subject="new") == Order(NAMES, Why.FIRST)
    four = tuple(failed(minutes * MINUTE) for minutes in (40, 30, 20, 10))
    assert step(history=four, subject="new") == Wait(NOW + 20 * MINUTE, limited=True)


def test_what_the_authority_says_comes_first():
    until = NOW + 3 * HOUR
    assert step(history=(failed(DAY, "old", until),)) == Wait(until, limited=True)


def test_a_success_forgives_former_failures():
    history = (failed(3 * HOUR), failed(2 * HOUR), issued(2 * MINUTE))
    assert step(certificate("a.org"), history=history) == Order(NAMES, Why.EXTEND)


def test_the_same_names_are_not_ordered_all_too_often():
    week = tuple(issued(days * DAY) for days in (6, 5, 4, 3))
    assert step(history=week) == Wait(NOW + DAY, limited=True)
    others = tuple(issued(days * DAY, ("c.org",)) for days in (6, 5, 4, 3))
    assert step(history=others) == Order(NAMES, Why.FIRST)
    many = tuple(issued(6 * DAY, (f"{n}.org",)) for n in range(45))
    assert step(history=many) == Wait(NOW + DAY, limited=True)


@pytest.mark.parametrize(
    ("tls", "pause"),
    [
        ({}, 5 * MINUTE),
        ({"directory": "letsencrypt-staging"}, 5 * MINUTE),
        ({"directory": "https://acme.example.com/v2"}, 5 * MINUTE),
        ({"directory": "https://ca.lab/acme", "directory_ca": "root.pem"}, timedelta(seconds=5)),
    ],
)
def test_only_an_authority_of_ones_own_is_asked_again_within_seconds(tls, pause):
    limits = limits_of(Tls.model_validate(tls))
    assert next_step(NAMES, [], (failed(DAY * 0),), "s", NOW, limits) == Wait(NOW + pause, True)


def test_how_many_certificates_others_give_a_week_is_not_known():
    limits = limits_of(Tls.model_validate({"directory": "https://acme.example.com/v2"}))
    many = tuple(issued(DAY) for _ in range(99))
    assert next_step(NAMES, [], many, "s", NOW, limits) == Order(NAMES, Why.FIRST)
