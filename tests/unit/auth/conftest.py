from pathlib import Path

import pytest
from sqlalchemy import Engine

from appliance.auth.people import NewPerson, People
from appliance.store.database import open_database, url_of
from tests.unit.auth.clock import HASHER, Hands

PASSWORD = "correct horse battery staple"


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def engine(tmp_path: Path):
    made = open_database(url_of(tmp_path / "control.db"), "control")
    yield made
    made.dispose()


@pytest.fixture
def people(engine: Engine, clock: Hands):
    return People(engine, HASHER, clock)


@pytest.fixture
def ada(people: People):
    return people.create(NewPerson("ada", PASSWORD, "Ada L.", "ada@example.org", groups=["lab"]))


@pytest.fixture
def bob(people: People):
    return people.create(NewPerson("bob"))
