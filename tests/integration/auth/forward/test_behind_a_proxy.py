"""A proxy in front that is trusted says where somebody asks from, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from appliance.auth.forward.forward import Forward
from appliance.auth.forward.guards import compiled
from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.control.status import Snapshot
from appliance.proxy.files import prepare
from appliance.proxy.routes import routes
from appliance.web import routers
from appliance.web.pages import pages
from appliance.web.turned_away import TURNED_AWAY
from appliance.web.visitor import VisitorAddress
from tests.integration.auth.conftest import APPS, NOTED, SHARED, Front, echoed, running
from tests.running import http
from tests.running.machine import machine
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
            "share": {},
            "apps": {**APPS, "open": {**APPS["open"], "rate_limit": {"per_address": "1/h"}}},
        }
    )
    forward, url = guarding.forward(front.door), f"http://127.0.0.1:{free_port()}"
    forward.guards = compiled(config, TURNED_AWAY)
    proxy = prepared(tmp_path_factory.mktemp("behind"))
    prepare(proxy.folder, replace(proxy.listen, trusted=trusted(config)), proxy.key)
    served, pages_url = _pages(front, config, forward), f"http://127.0.0.1:{free_port()}"
    with started(proxy), serving(forward, url), serving(served, pages_url):
        proxy.apply(routes(config, running(), pages_url, url, SHARED.url))
        yield proxy


def _pages(front: Front, config: Config, forward: Forward) -> VisitorAddress:
    """The API as control serves it behind such a proxy."""

    def now() -> Snapshot:
        return replace(front.snapshot(), config=config)

    programs = routers.programs(front.door, forward, machine(now, NOTED))
    return VisitorAddress(pages(now, (), mounted=programs), lambda: trusted(config))


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


@pytest.mark.parametrize("chain", [VISITOR, f"203.0.113.7, {VISITOR}:4711, 10.0.0.5"])
def test_whoever_is_asked_hears_where_the_visitor_is(
    front: Front, behind: Proxy, chain: str
) -> None:
    """Not what he claims: many a proxy hands that on under this name."""
    claims = {"X_Forwarded_For": chain, "X_Real_Ip": "203.0.113.7"}
    token = f"Bearer {front.token()}"
    assert echoed(ask(behind, Authorization=token, **claims))["x-real-ip"] == VISITOR
    share = {"Host": "chat.share.demos.example.org", "X-Real-Ip": "203.0.113.7"}
    seen = http.get(behind.http, headers={**share, "X-Forwarded-For": chain})
    assert (seen.json()["name"], echoed(seen)["x-real-ip"]) == ("shared", VISITOR)


def test_the_api_judges_where_its_caller_is(front: Front, behind: Proxy) -> None:
    bearer = {"Authorization": f"Bearer {front.token(networks=(LAB,))}"}
    here = {"Host": "demos.example.org", **bearer}

    def status(chain: str) -> int:
        url = f"{behind.http}/-/api/v1/tokens"
        return http.get(url, headers={**here, "X-Forwarded-For": chain}).status_code

    assert status(f"203.0.113.7, {VISITOR}") == 200
    assert status(f"{VISITOR}, 203.0.113.7") == 401
    assert status("") == 401


def test_a_limit_counts_visitors_and_not_the_proxy(front: Front, behind: Proxy) -> None:
    def call(chain: str) -> int:
        given = {"Host": "open.demos.example.org", "X-Forwarded-For": chain}
        return http.post(f"{behind.http}/run", headers=given).status_code

    assert call("203.0.113.7, 198.51.100.20") == 200
    assert call("203.0.113.8, 198.51.100.20") == 429
    assert call("198.51.100.20, 198.51.100.21") == 200
    assert call("2001:db8:7::1") == 200


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
