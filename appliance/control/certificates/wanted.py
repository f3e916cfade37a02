"""What is to be ordered: by the YAML, by what was asked before, and by the clock. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from appliance.certs import history
from appliance.certs.history import History
from appliance.certs.model import Certificate
from appliance.certs.names import orders
from appliance.certs.ordering import (
    Order,
    Wait,
    Why,
    limits_of,
    next_step,
    subject_of,
)
from appliance.config.schema import Config
from appliance.control.board import Facts

_NEVER = timedelta(days=365)
Names = tuple[str, ...]


def next_order(
    facts: Facts,
    asked: Collection[Names],
    past: History,
    stored: Sequence[Certificate],
    now: datetime,
) -> Order | Wait:
    """The first order that is due, or the shortest wait.

    `asked`: what a person wants at once; `stored`: what authorities have issued.
    """
    config, wait = facts.wanted, never(now)
    directory = config.tls.directory
    past = tuple(attempt for attempt in past if attempt.directory == directory)
    issued = history.fingerprints(past, directory)
    current = [one for one in stored if one.fingerprint in issued]
    limits = limits_of(config.tls)
    for names, leaves in _all(facts):
        if names in asked and not leaves:
            return Order(names, Why.ASKED)
        step = next_step(names, current, past, subject(config, names), now, limits)
        if isinstance(step, Wait):
            wait = min(wait, step, key=lambda one: one.until)
        elif not leaves or step.why is not Why.FIRST:
            return step
    return wait


def never(now: datetime) -> Wait:
    return Wait(now + _NEVER)


def subjects(facts: Facts) -> list[str]:
    """Of all that is or may be ordered."""
    return [subject(facts.wanted, names) for names, _ in _all(facts)]


def subject(config: Config, names: Names) -> str:
    """The digest of what an order of these names depends on."""
    decides = {"directory", "challenge", "eab", "email"}
    return subject_of(*names, config.tls.model_dump_json(include=decides))


def _all(facts: Facts) -> Iterator[tuple[Names, bool]]:
    """What to order, and whether it is for names that leave.

    These are served until others can be: they are renewed, and never ordered for the first time.
    """
    wanted = orders(facts.wanted)
    yield from ((names, False) for names in wanted)
    yield from ((names, True) for names in orders(facts.config) if names not in wanted)
