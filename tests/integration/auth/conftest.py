"""The front door behind a real Traefik: pages, ForwardAuth, echoing apps, one Gradio app."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from appliance.apps.model import HostStatus
from appliance.auth.door import Door, Rules, open_door
from appliance.auth.forward.forward import Forward
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.visibility import Visibility
from appliance.auth.people.person import NewPerson
from appliance.auth.tokens.token import Caveats
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.proxy.routes import routes
from appliance.visits.keeping import Visits
from appliance.visits.storage import Storage
from appliance.web import routers
from appliance.web.pages import pages
from appliance.web.turned_away import TURNED_AWAY
from tests.running import http, statuses
from tests.running.clock import HASHER
from tests.running.machine import Noted, machine, share
from tests.running.process import free_port
from tests.running.traefik import Proxy, traefik
from tests.running.upstream import Upstream, serving

PASSWORD = "correct horse battery staple"
OPEN, TEAM, ANYONE = Upstream("open"), Upstream("team"), Upstream("anyone")
SHARED = Upstream("shared")
"""In the relay's place."""
NOTED = Noted(shared=(share("chat"),))
"""What the API asks the app host and the relay for."""


@dataclass
class Front:
    """All of it, in one configuration at a time."""

    proxy: Proxy
    door: Door
    forward: Forward
    pages_url: str
    forward_url: str
    config: Config = field(default_factory=Config)
    host: HostStatus = field(default_factory=statuses.host)

    def serve(self, config: Config, host: HostStatus) -> None:
        """Take up a configuration and what runs, and wait until Traefik has it."""
        if (config, host) == (self.config, self.host):
            return
        self.config, self.host = config, host
        self.forward.guards = compiled(config, TURNED_AWAY)
        self.proxy.apply(routes(config, host, self.pages_url, self.forward_url, SHARED.url))

    def snapshot(self) -> Snapshot:
        status = Status(
            config=ConfigStatus(file="appliance.yaml", state="ok"),
            text="",
            ports={},
            routes=RoutesStatus(live=True),
            host=self.host,
        )
        return Snapshot(self.config, status)

    @property
    def local_host(self) -> str:
        return f"localhost:{self.proxy.local.rsplit(':', 1)[1]}"

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """A request in local mode."""
        headers = {"Host": self.local_host, **more.pop("headers", {})}
        return http.request(method, self.proxy.local + path, headers=headers, **more)

    def ask_host(self, host: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """A request in public mode."""
        headers = {"Host": host, **more.pop("headers", {})}
        return http.request(method, self.proxy.http + path, headers=headers, **more)

    def token(self, name: str = "ada", **caveats: Any) -> str:
        person = self.door.people.named(name)
        return self.door.tokens.create(person.id, "test", Caveats(**caveats)).secret

    def session(self, name: str = "ada", host: str = "localhost") -> dict[str, str]:
        """A header with the cookie of somebody who has signed in on the host."""
        person = self.door.people.named(name)
        signed = self.door.sessions.start(person.id, host, ["password"])
        return {"Cookie": f"appliance-session={signed.secret}"}

    def claims(self, assertion: str, audience: str) -> dict[str, Any]:
        """Verified as an app does it."""
        key = self.door.keys.identity.public_key()
        return jwt.decode(assertion, key, algorithms=["EdDSA"], audience=audience)


def echoed(answer: httpx.Response) -> dict[str, str]:
    """The headers that reached an echoing app; fails for any other answer."""
    assert answer.status_code == 200, answer.text
    pairs = [tuple(pair) for pair in answer.json()["headers"]]
    assert len(dict(pairs)) == len(pairs), "a header came twice"
    return dict(pairs)


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("front")
        proxy = stack.enter_context(traefik(folder))
        made: list[Front] = []
        door = open_door(
            folder / "data",
            lambda: guarding.rules(made[0].config) if made else Rules(),
            passwords=HASHER,
        )
        forward = guarding.forward(door)
        urls = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
        front = Front(proxy, door, forward, *urls)
        made.append(front)
        seen = Visibility(forward)
        before = (
            *routers.account(door, lambda: front.config, folder),
            *routers.embedding(door, front.snapshot, seen),
        )
        visits = Visits(Storage(door.engine), {}, lambda: timedelta(days=1))
        programs = routers.programs(door, forward, machine(front.snapshot, NOTED, visits=visits))
        served = pages(front.snapshot, before, seen, mounted=programs)
        stack.enter_context(serving(served, front.pages_url))
        stack.enter_context(serving(forward, front.forward_url))
        for upstream in (OPEN, TEAM, ANYONE, SHARED):
            stack.enter_context(serving(upstream, upstream.url))
        door.people.create(NewPerson("ada", PASSWORD, "Ada L.", "ada@example.org", groups=["lab"]))
        door.people.create(NewPerson("bob", PASSWORD))
        door.people.create(NewPerson("root", PASSWORD, admin=True))
        yield front


APPS: dict[str, dict[str, Any]] = {
    "open": {"source": "open", "access": "public"},
    "team": {"source": "team", "access": {"groups": ["lab"]}},
    "anyone": {"source": "anyone", "access": "signed-in"},
    "own": {"source": "own", "access": "signed-in", "login": "script"},
}


def running(*more: tuple[str, str]) -> HostStatus:
    addresses = {"open": OPEN.url, "team": TEAM.url, "anyone": ANYONE.url, "own": ANYONE.url}
    addresses |= dict(more)
    return statuses.host(*(statuses.live(name, url) for name, url in addresses.items()))


@pytest.fixture(autouse=True)
def _failures_of_one_test_are_not_those_of_the_next(
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    """All of them come from one address, which is locked out after twenty."""
    yield
    if "front" in request.fixturenames:
        request.getfixturevalue("front").door.throttle._records.clear()


@pytest.fixture
def local(front: Front) -> Front:
    front.serve(Config.model_validate({"auth": {}, "apps": APPS}), running())
    return front


@pytest.fixture
def public(front: Front) -> Front:
    head = {"domain": "demos.example.org", "tls": {"mode": "off"}}
    share = {"who_can_view": {"groups": ["lab"]}}
    document = {**head, "auth": {}, "share": share, "apps": APPS}
    front.serve(Config.model_validate(document), running())
    return front
