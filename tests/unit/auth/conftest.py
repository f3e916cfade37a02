from pathlib import Path

import pytest
from sqlalchemy import Engine

from appliance.auth.door import open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.people.people import People
from appliance.auth.people.person import NewPerson
from appliance.config import addresses
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.store.database import open_database, url_of
from appliance.web.turned_away import TURNED_AWAY
from tests.running.clock import HASHER, Hands
from tests.unit.auth.guarded import APPS

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


@pytest.fixture
def door(tmp_path, monkeypatch):
    monkeypatch.setattr(addresses, "_url", lambda _config, host: f"https://{host}")
    made = open_door(tmp_path, clock=Hands(), passwords=HASHER)
    made.people.create(NewPerson("ada", email="ada@example.org", groups=["lab"]))
    yield made
    made.engine.dispose()


@pytest.fixture
def forward(door):
    config = Config.model_validate({"domain": "example.org", "auth": {}, "apps": APPS})
    made = guarding.forward(door)
    made.guards = compiled(config, TURNED_AWAY)
    return made
