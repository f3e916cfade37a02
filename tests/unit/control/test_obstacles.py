"""What people are told of stands between names and certificates as they are today."""

from datetime import UTC, datetime

import pytest

from appliance.certs.history import Attempt
from appliance.config.schema import Config
from appliance.control.board import Facts
from appliance.control.certificates.obstacles import Obstacles
from appliance.control.certificates.wanted import subject
from appliance.control.published import Published
from appliance.control.status import ConfigStatus

OPEN, CLOSED = Published(), Published("127.0.0.1:8080", "none")


def config(**tls: object) -> Config:
    return Config.model_validate({"domain": "x.org", "tls": {"mode": "certbot", **tls}})


def facts(now: Config, coming: Config | None = None) -> Facts:
    status = ConfigStatus(file="appliance.yaml", state="ok")
    return Facts(config=now, text="", config_status=status, coming=coming)


def attempt(of: Config, code: str | None) -> Attempt:
    names = (of.domain or "",)
    return Attempt(
        at=datetime.now(UTC),
        directory="letsencrypt",
        subject=subject(of, names),
        names=names,
        code=code,
        message="No such name.",
        remedy="Add it.",
    )


def codes(obstacles: Obstacles, known: Facts) -> list[str]:
    return [one.code for one in obstacles.problems(known)]


def test_a_refusal_stands_until_the_same_order_comes_to_something() -> None:
    obstacles, known = Obstacles(OPEN), facts(config())
    obstacles.note(attempt(config(), "dns"))
    assert codes(obstacles, known) == ["order-dns"]
    obstacles.note(attempt(config(), "rate"))
    assert codes(obstacles, known) == ["order-rate"]
    obstacles.note(attempt(config(), None))
    assert codes(obstacles, known) == []


@pytest.mark.parametrize(
    "other", [config(email="a@x.org"), config(directory="letsencrypt-staging"), Config()]
)
def test_what_was_refused_of_another_yaml_is_not_told(other: Config) -> None:
    obstacles = Obstacles(OPEN)
    obstacles.note(attempt(config(), "dns"))
    assert codes(obstacles, facts(other)) == []


def test_names_that_leave_are_told_of_too() -> None:
    obstacles = Obstacles(OPEN)
    obstacles.note(attempt(config(), "dns"))
    coming = config().model_copy(update={"domain": "y.org"})
    assert codes(obstacles, facts(config(), coming)) == ["order-dns"]


def test_a_closed_port_is_the_first_thing_to_mend() -> None:
    obstacles = Obstacles(CLOSED)
    obstacles.note(attempt(config(), "dns"))
    assert codes(obstacles, facts(config())) == ["ports-differ"]
    by_dns = config(challenge={"dns": "route53"})
    assert not obstacles.closed(by_dns)
    assert codes(obstacles, facts(by_dns)) == []
