import pytest
from starlette.testclient import TestClient

from appliance.auth.tokens.token import Caveats
from appliance.web.api.serving import API
from tests.running import statuses
from tests.running.clock import Hands
from tests.running.house import House
from tests.running.machine import share

APPS = {
    "open": {"source": "x", "access": "public"},
    "team": {"source": "x", "access": {"groups": ["lab"]}},
    "inner": {"source": "x", "access": {"users": ["root"]}},
}


class Programs:
    """Calls the API of a house: `ada` is in a group, `root` administers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.client = TestClient(house.app, base_url="http://localhost:8080")

    def token(self, name: str = "root", **caveats: object) -> str:
        person = self.house.door.people.named(name)
        return self.house.door.tokens.create(person.id, "test", Caveats(**caveats)).secret

    def ask(self, path: str, method: str = "GET", token: str | None = None, **more: object):
        shown = {"Authorization": f"Bearer {token or self.token()}"}
        headers = {**shown, **more.pop("headers", {})}
        return self.client.request(method, API + path, headers=headers, **more)


@pytest.fixture
def programs(tmp_path):
    house = House(tmp_path, Hands(), apps=APPS, share={})
    house.person("ada", groups=["lab"])
    house.person("root", admin=True)
    house.apps = (
        statuses.live("open", "http://127.0.0.1:1"),
        statuses.live("team", "http://127.0.0.1:2"),
        statuses.failed("inner", summary="inner: app.py raised", remedy="Look at its log."),
    )
    house.noted.shared = (share("chat"),)
    yield Programs(house)
    house.door.engine.dispose()
