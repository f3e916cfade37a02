"""By HTTP/3 the door is as closed as otherwise: another server of Traefik's answers there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from appliance.auth.forward.guards import compiled
from appliance.certs import authority, publishing
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.proxy.files import prepare
from appliance.proxy.routes import routes
from appliance.web.turned_away import TURNED_AWAY
from tests.integration.auth.conftest import APPS, Front, running
from tests.integration.certs.visitor import Visitor
from tests.running import http3
from tests.running.process import free_port
from tests.running.traefik import prepared, started, until
from tests.running.upstream import serving

DOMAIN = "demos.example.org"
TEAM, OPEN = f"team.{DOMAIN}", f"open.{DOMAIN}"


@dataclass(frozen=True)
class Door:
    port: int
    root: str
    cookie: http3.Header

    def seen(self, *headers: http3.Header, host: str = TEAM, path: str = "/page") -> dict[str, str]:
        """The headers that reached an app, with its name; empty: none was reached."""
        try:
            status, body = http3.get(self.port, host, path, self.root, *headers)
        except ConnectionError:
            return {}
        told = json.loads(body) if status == 200 else {}
        return {"app": told["name"], **dict(told["headers"])} if "headers" in told else {}


@pytest.fixture(scope="module")
def door(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One more Traefik before the same people."""
    head = {"domain": DOMAIN, "tls": {"mode": "local-ca", "http3": True}}
    config = Config.model_validate({**head, "auth": {}, "apps": APPS})
    forward, url = guarding.forward(front.door), f"http://127.0.0.1:{free_port()}"
    forward.guards = compiled(config, TURNED_AWAY)
    proxy, now = prepared(tmp_path_factory.mktemp("http3")), datetime.now(UTC)
    port = int(proxy.https.rpartition(":")[2])
    prepare(proxy.folder, replace(proxy.listen, http3=port), proxy.key)
    root = authority.create([DOMAIN], "test", now)
    leaf = authority.issue(root, [TEAM, OPEN], now)
    publishing.for_proxy(proxy.folder.certificates, [leaf], authority.nameless(now))
    ada = front.door.people.named("ada").id
    secret = front.door.sessions.start(ada, TEAM, ["password"]).secret
    with started(proxy), serving(forward, url):
        proxy.apply(routes(config, running(), front.pages_url, url))
        until(lambda: Visitor("127.0.0.1", port).accepts(TEAM, root.pem))
        yield Door(port, root.pem, ("cookie", f"__Host-appliance-session={secret}"))


def test_the_right_key_does_open_it(door: Door) -> None:
    seen = door.seen(door.cookie)
    assert (seen["app"], seen["remote-user"]) == ("team", "ada")
    assert "cookie" not in seen
    assert door.seen(host=OPEN)["app"] == "open"


@pytest.mark.parametrize(
    "name", ["remote-user", "Remote-User", "remote_user", "remote.user", "x_forwarded_user"]
)
def test_no_spelling_of_an_identity_header_comes_through(door: Door, name: str) -> None:
    assert door.seen((name, "ada")) == {}
    assert "root" not in door.seen((name, "root"), host=OPEN).values()
    assert "root" not in door.seen((name, "root"), door.cookie).values()


@pytest.mark.parametrize(
    "bent",
    [
        (("host", OPEN),),
        (("x-forwarded-host", OPEN), ("x-forwarded-uri", "/open")),
        (("x-forwarded-method", "OPTIONS"), ("x-http-method-override", "OPTIONS")),
        (("cookie", "__Host-appliance-session=planted"),),
        ((":authority", OPEN),),
        ((":path", "/"),),
        (("transfer-encoding", "chunked"),),
        (("connection", "cookie, remote-user"),),
        ((":protocol", "websocket"),),
    ],
    ids=str,
)
def test_what_is_bent_opens_nothing(door: Door, bent: tuple[http3.Header, ...]) -> None:
    assert door.seen(*bent) == {}
    # Where the host that is asked for is another one than the session's, nor with a session.
    assert door.seen(*bent, door.cookie, host=OPEN).get("remote-user") is None


@pytest.mark.parametrize(
    "path", ["/%2e%2e/page", "//page", "/page#/open", f"https://{OPEN}/page", "*", "page"]
)
def test_no_spelling_of_a_path_goes_round_the_guard(door: Door, path: str) -> None:
    assert door.seen(path=path) == {}
