"""The dashboard on a real database, in tabs without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import machine, statuses
from tests.running.clock import Hands
from tests.running.house import House

APPS = {"hello": {"source": "hello"}, "broken": {"source": "broken"}}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With an administrator, somebody else, two apps, a share and a key."""
    house = House(tmp_path, Hands(), apps=APPS, share={})
    house.apps = (
        statuses.live("hello", "http://h:1", emoji="👋", title="Hello <b>"),
        statuses.failed("broken", detail="KeyError: 'x'", remedy="Run `pip list`."),
    )
    house.noted.shared = (machine.share(), machine.share("old", state="ended"))
    house.noted.held = (machine.key(),)
    house.person("ada", admin=True)
    house.person("bob")
    yield house
    house.door.engine.dispose()
