"""A proxy in front that is trusted says where somebody asks from, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from appliance.auth.forward.guards import compiled
from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.proxy.files import prepare
from appliance.proxy.routes import routes
from appliance.web.turned_away import TURNED_AWAY
from tests.integration.auth.conftest import APPS, Front, echoed, running
from tests.running import http
from tests.running.process import free_port
from tests.running.traefik import Proxy, prepared, started
from tests.running.upstream import serving

HOST = "team.demos.example.org"
VISITOR, LAB = "198.51.100.9", "198.51.100.0/24"


@pytest.fixture(scope="module")
def behind(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """One more Traefik before the same people; every request here comes from its own proxy."""
    config = Config.model_validate(
        {
            "domain": "demos.example.org",
            "tls": {"mode": "off", "trusted_proxies": ["127.0.0.0/8", "10.0.0.5"]},
            "auth": {},
            "apps": APPS,
        }
    )
    forward, url = guarding.forward(front.door), f"http://127.0.0.1:{free_port()}"
    forward.guards = compiled(config, TURNED_AWAY)
    proxy = prepared(tmp_path_factory.mktemp("behind"))
    prepare(proxy.folder, replace(proxy.listen, trusted=trusted(config)), proxy.key)
    with started(proxy), serving(forward, url):
        proxy.apply(routes(config, running(), front.pages_url, url))
        yield proxy


def ask(proxy: Proxy, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.get(f"{proxy.http}/page", headers={"Host": HOST, **given})


@pytest.mark.parametrize(
    ("chain", "good"),
    [
        (VISITOR, True),
        (f"{VISITOR}, 10.0.0.5", True),
        (f"203.0.113.7, {VISITOR}", True),
        # Before the last one that is no proxy of ours stands what its visitor claims.
        (f"{VISITOR}, 203.0.113.7", False),
        (f"{VISITOR}, 203.0.113.7, 10.0.0.5", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_a_token_is_good_where_its_user_is(
    front: Front, behind: Proxy, chain: str, *, good: bool
) -> None:
    bearer = f"Bearer {front.token(networks=(LAB,))}"
    answer = ask(behind, X_Forwarded_For=chain, Authorization=bearer)
    assert answer.status_code == (200 if good else 401)


def test_a_claimed_target_opens_nothing(front: Front, behind: Proxy) -> None:
    """[GHSA-7x63-xv5r-3p2x] Many a proxy hands on what it was sent."""
    preflight = {"Origin": "https://a.example", "Access_Control_Request_Method": "POST"}
    for claims in (
        {"X_Forwarded_Uri": "/open/"},
        {"X_Forwarded_Method": "OPTIONS", **preflight},
        {"X_Forwarded_Host": "open.demos.example.org"},
    ):
        assert ask(behind, X_Forwarded_For=VISITOR, **claims).status_code == 401
    limited = f"Bearer {front.token(uses=('predict',))}"
    claimed = {"X_Forwarded_Uri": "/gradio_api/call/f", "Authorization": limited}
    assert ask(behind, **claimed).status_code == 401


def session(front: Front, host: str) -> dict[str, str]:
    """Whoever puts a proxy in front has it speak HTTPS."""
    return {"Cookie": f"__Host-{front.session(host=host)['Cookie']}"}


def test_a_cookie_counts_on_the_host_that_was_asked_for(front: Front, behind: Proxy) -> None:
    other = "anyone.demos.example.org"
    claimed = {"X_Forwarded_Host": other, **session(front, other)}
    assert ask(behind, **claimed).status_code == 401
    known = echoed(ask(behind, X_Forwarded_Host="evil.example", **session(front, HOST)))
    assert known["remote-user"] == "ada"
    assert known["host"] == HOST
