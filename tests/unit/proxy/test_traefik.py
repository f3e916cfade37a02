"""What Traefik says against what was asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from appliance.proxy.model import ForwardAuth, RequestHeaders, RouteModel, Router, Service
from appliance.proxy.traefik import Traefik, differences

MODEL = RouteModel(
    routers=(Router("app", "Host(`a`)", "app", ("http",), 7, ("claims",)),),
    services=(Service("app", ("http://10.0.0.1:1",)),),
    middlewares=(RequestHeaders("claims", (("Forwarded", ""),)),),
)


def rawdata(**changes: Mapping[str, Any]) -> dict[str, Any]:
    router = {"rule": "Host(`a`)", "entryPoints": ["http"], "priority": 7, "status": "enabled"}
    router["middlewares"] = ["claims@file"]
    service = {"loadBalancer": {"servers": [{"url": "http://10.0.0.1:1"}]}, "status": "enabled"}
    return {
        "routers": {
            "app@file": {**router, **changes.get("router", {})},
            "api@file": {"status": "enabled"},
            "ping@internal": {"status": "enabled"},
            **changes.get("routers", {}),
        },
        "services": {
            "app@file": {**service, **changes.get("service", {})},
            "api@internal": {"status": "enabled"},
        },
        "middlewares": {"claims@file": {"status": "enabled"}},
    }


def test_nothing_differs_when_all_is_as_written() -> None:
    assert differences(MODEL, rawdata()) == ()


def test_a_traefik_that_has_read_nothing_lacks_everything() -> None:
    assert differences(MODEL, {}) == (
        "route app is not live yet",
        "service app is not live yet",
        "middleware claims is not live yet",
    )


def test_an_older_rule_is_not_yet_live() -> None:
    found = differences(MODEL, rawdata(router={"rule": "Host(`b`)"}))
    assert found == ("route app is not yet as written",)


def test_older_servers_are_not_yet_live() -> None:
    older = {"loadBalancer": {"servers": [{"url": "http://10.0.0.9:1"}]}}
    found = differences(MODEL, rawdata(service=older))
    assert found == ("service app does not yet lead to http://10.0.0.1:1",)


def test_a_route_that_should_be_gone_is_named() -> None:
    found = differences(MODEL, rawdata(routers={"old@file": {"status": "enabled"}}))
    assert found == ("route old is still live",)


def test_complaints_of_traefik_surface_in_its_words() -> None:
    refused = {"status": "disabled", "error": ["invalid rule: x"]}
    found = differences(MODEL, rawdata(router=refused))
    assert found == ("Traefik refuses the route app: invalid rule: x",)


async def test_a_traefik_that_does_not_answer_is_a_difference_too() -> None:
    traefik = Traefik("http://127.0.0.1:1", "key")
    (found,) = await traefik.differences(MODEL)
    await traefik.close()
    assert found.startswith("Traefik does not answer at http://127.0.0.1:1")


@pytest.mark.parametrize("field", ["entryPoints", "priority", "middlewares"])
def test_every_part_of_a_route_counts(field: str) -> None:
    other = {"entryPoints": ["local"], "priority": 8, "middlewares": []}
    assert differences(MODEL, rawdata(router={field: other[field]}))


def test_a_guard_that_asks_somebody_else_is_not_yet_live() -> None:
    guard = ForwardAuth("guard", "http://control:8001/app/a", ("Cookie",), ("Cookie",))
    model = replace(MODEL, middlewares=(*MODEL.middlewares, guard))
    found = rawdata()
    for address, headers, live in (
        ("http://control:8001/app/a", ["Cookie"], True),
        ("http://control:9/app/a", ["Cookie"], False),
        ("http://control:8001/app/a", [], False),
    ):
        said = {"address": address, "authResponseHeaders": headers}
        found["middlewares"]["guard@file"] = {"status": "enabled", "forwardAuth": said}
        assert (differences(model, found) == ()) is live
