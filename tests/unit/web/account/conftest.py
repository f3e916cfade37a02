"""The account's pages on a real database, in tabs without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.auth.people.person import Person
from tests.running.clock import Hands
from tests.running.house import House, ticking


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def house(tmp_path: Path, hands: Hands) -> Iterator[House]:
    house = House(tmp_path, hands)
    yield house
    house.door.engine.dispose()


Authenticator = Callable[[Person], Callable[[], str]]


@pytest.fixture
def authenticator(house: House, hands: Hands) -> Authenticator:
    """Sets one up for a person; that shows a new code each time."""
    return lambda person: ticking(house.authenticator(person), hands)
