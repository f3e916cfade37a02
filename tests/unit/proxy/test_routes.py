"""Configuration and status in, routes out."""

from datetime import UTC, datetime

import pytest

from appliance.apps.model import AppStatus, HostStatus, InstanceState, InstanceStatus, Phase
from appliance.config.schema import Config
from appliance.proxy.model import (
    ErrorPages,
    ForwardAuth,
    RequestHeaders,
    RouteModel,
    Router,
    Service,
    ToHttps,
)
from appliance.proxy.routes import routes, serving

CONTROL = "http://control:8000"


def config(**values: object) -> Config:
    return Config.model_validate({"apps": {"hello": {"source": "hello"}}, **values})


def instance(
    number: int, release: str = "r1", state: InstanceState = InstanceState.READY
) -> InstanceStatus:
    return InstanceStatus(
        id=f"hello-{release}-{number}",
        release=release,
        state=state,
        address=f"http://10.0.0.{number}:7860",
        started=datetime.now(UTC),
    )


def status(*instances: InstanceStatus, live: str | None = "r1", name: str = "hello") -> AppStatus:
    return AppStatus(name=name, phase=Phase.LIVE, live=live, instances=instances)


def host(*apps: AppStatus) -> HostStatus:
    return HostStatus(version=1, runtime="process", converged=True, apps=apps)


def router(model: RouteModel, name: str) -> Router:
    return next(router for router in model.routers if router.name == name)


def service(model: RouteModel, name: str) -> Service:
    return next(service for service in model.services if service.name == name)


def test_a_live_app_of_local_mode_is_found_under_its_path_on_loopback_names_only() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL)
    found = router(model, "app-hello")
    assert found.entry_points == ("local",)
    assert found.rule.startswith("HostRegexp(")
    assert found.rule.endswith("&& (Path(`/hello`) || PathPrefix(`/hello/`))")
    assert service(model, "app-hello").servers == ("http://10.0.0.1:7860",)


def test_a_live_app_of_public_mode_has_a_host_of_its_own() -> None:
    model = routes(config(domain="demos.example.org"), host(status(instance(1))), CONTROL)
    found = router(model, "app-hello")
    assert found.entry_points == ("https",)
    assert found.rule == "Host(`hello.demos.example.org`)"


def test_with_tls_no_plain_route_leads_to_an_app_or_a_page() -> None:
    public = config(domain="demos.example.org", ports={"https": 8443}, share={})
    model = routes(public, host(status(instance(1))), CONTROL)
    plain = [router for router in model.routers if "http" in router.entry_points]
    assert [router.name for router in plain] == ["plain-acme", "plain-to-https"]
    assert plain[0].rule == "PathPrefix(`/.well-known/acme-challenge/`)"
    assert plain[1].middlewares == ("to-https",)
    assert plain[1].rule == (
        "Host(`demos.example.org`) || Host(`hello.demos.example.org`)"
        " || Host(`share.demos.example.org`)"
        " || HostRegexp(`^[a-z0-9-]+\\.share\\.demos\\.example\\.org$`)"
    )
    assert ToHttps("to-https", 8443) in model.middlewares
    assert not any("local" in router.entry_points for router in model.routers)


def test_behind_a_proxy_that_adds_tls_apps_are_served_plainly() -> None:
    plain = {"mode": "off", "trusted_proxies": ["10.0.0.1"]}
    public = config(domain="demos.example.org", tls=plain)
    model = routes(public, host(status(instance(1))), CONTROL)
    assert {point for router in model.routers for point in router.entry_points} == {"http"}
    assert not any(isinstance(m, ToHttps) for m in model.middlewares)


def test_behind_a_proxy_that_adds_tls_the_doctor_meets_us_on_every_name() -> None:
    plain = {"mode": "off", "trusted_proxies": ["10.0.0.1"]}
    public = config(domain="demos.example.org", tls=plain)
    model = routes(public, host(status(instance(1))), CONTROL)
    found = router(model, "plain-acme")
    assert found.service == "control"
    assert found.priority > router(model, "app-hello").priority


def test_what_does_not_come_by_the_proxy_has_one_way_and_all_others_are_for_the_proxy() -> None:
    plain = {"mode": "off", "trusted_proxies": ["10.0.0.1", "2001:db8::/64"]}
    public = config(domain="demos.example.org", tls=plain)
    model = routes(public, host(status(instance(1))), CONTROL)
    theirs = "(ClientIP(`10.0.0.1/32`) || ClientIP(`2001:db8::/64`))"
    outside = router(model, "outside")
    assert outside.rule == f"!{theirs}"
    others = [one for one in model.routers if one is not outside]
    assert all(one.rule.startswith(f"{theirs} && (") for one in others)


@pytest.mark.parametrize(
    ("hsts", "expected"),
    [
        ({}, "max-age=15552000"),
        (
            {"max_age": "365d", "subdomains": True, "preload": True},
            "max-age=31536000; includeSubDomains; preload",
        ),
        (None, None),
    ],
)
def test_browsers_are_told_to_come_by_https_only_if_that_is_asked_for(hsts, expected) -> None:
    public = config(domain="demos.example.org", tls={"hsts": hsts})
    model = routes(public, host(status(instance(1))), CONTROL)
    headers = next(m for m in model.middlewares if isinstance(m, RequestHeaders))
    assert dict(headers.answers).get("Strict-Transport-Security") == expected


def test_a_path_of_the_domain_can_be_chosen_instead() -> None:
    public = config(
        domain="demos.example.org", apps={"hello": {"source": "hello", "path": "/greet"}}
    )
    model = routes(public, host(status(instance(1))), CONTROL)
    assert router(model, "app-hello").rule == (
        "Host(`demos.example.org`) && (Path(`/greet`) || PathPrefix(`/greet/`))"
    )


def test_a_path_inside_the_path_of_another_app_wins_over_it() -> None:
    nested = config(
        apps={
            "outer": {"source": "a", "path": "/a"},
            "inner": {"source": "b", "path": "/a/b"},
        }
    )
    apps = [status(instance(1), name=name) for name in ("outer", "inner")]
    model = routes(nested, host(*apps), CONTROL)
    assert router(model, "app-inner").priority > router(model, "app-outer").priority


@pytest.mark.parametrize("state", [InstanceState.STARTING, InstanceState.DRAINING])
def test_an_app_without_an_instance_to_serve_it_is_left_to_the_pages(state: InstanceState) -> None:
    model = routes(config(), host(status(instance(1, state=state))), CONTROL)
    assert [router.name for router in model.routers] == ["pages", "pages-own"]
    assert {router.service for router in model.routers} == {"control"}
    assert service(model, "control").servers == (CONTROL,)


def test_an_app_that_left_the_configuration_has_no_route_although_it_still_runs() -> None:
    model = routes(config(apps={}), host(status(instance(1))), CONTROL)
    assert [router.name for router in model.routers] == ["pages", "pages-own"]


def test_the_pages_yield_to_apps_except_under_their_own_prefix() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL)
    priorities = [router(model, name).priority for name in ("pages", "app-hello", "pages-own")]
    assert priorities == sorted(priorities)


def test_only_instances_of_the_live_release_serve() -> None:
    served = serving(status(instance(1, "r1"), instance(2, "r2"), live="r2"))
    assert [i.id for i in served] == ["hello-r2-2"]


def test_a_busy_instance_is_better_than_none_but_worse_than_a_ready_one() -> None:
    busy = instance(1, state=InstanceState.UNRESPONSIVE)
    assert [i.id for i in serving(status(busy))] == [busy.id]
    assert [i.id for i in serving(status(busy, instance(2)))] == ["hello-r1-2"]


def test_visitors_stick_to_their_replica() -> None:
    replicated = config(apps={"hello": {"source": "hello", "replicas": 2}})
    model = routes(replicated, host(status(instance(2), instance(1))), CONTROL)
    found = service(model, "app-hello")
    assert found.servers == ("http://10.0.0.1:7860", "http://10.0.0.2:7860")
    assert found.sticky is not None
    assert (found.sticky.name, found.sticky.path) == ("appliance_hello", "/hello")


def test_one_instance_needs_no_cookie() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL)
    assert service(model, "app-hello").sticky is None


def test_every_route_takes_away_what_strangers_claim_about_themselves() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL)
    claims = next(m for m in model.middlewares if isinstance(m, RequestHeaders))
    assert all(claims.name in router.middlewares for router in model.routers)
    assert all(value == "" for _, value in claims.values)
    assert {"X-Appliance-Identity", "Remote-User", "Forwarded", "X-Gradio-Server"} <= {
        name for name, _ in claims.values
    }


def test_an_app_that_does_not_answer_has_an_error_page_with_its_name() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL)
    page = next(m for m in model.middlewares if isinstance(m, ErrorPages))
    assert page.query == "/-/error/{status}?app=hello"
    assert page.name in router(model, "app-hello").middlewares


def test_equal_facts_make_equal_models_in_any_order() -> None:
    two = {"b": {"source": "b"}, "a": {"source": "a"}}
    apps = [status(instance(1), name=name) for name in two]
    swapped = dict(reversed(list(two.items())))
    assert routes(config(apps=two), host(*apps), CONTROL) == routes(
        config(apps=swapped), host(*reversed(apps)), CONTROL
    )


RELAY = "http://relay:8001"


def test_links_lead_to_the_relay_one_label_below_the_share_domain() -> None:
    model = routes(config(domain="a.org", share={}), host(), CONTROL, shares_url=RELAY)
    found = router(model, "shares")
    assert found.rule == r"HostRegexp(`^[a-z0-9-]+\.share\.a\.org$`)"
    assert found.entry_points == ("https",)
    viewers = "viewers-of-shares"
    assert found.middlewares == ("visitor-claims", viewers, "whole-bodies", "restarts-of-the-relay")
    (failover,) = model.failovers
    assert (failover.name, failover.fallback) == (found.service, "control")
    assert service(model, failover.main).servers == (RELAY,)
    assert service(model, failover.main).probe is not None
    own = router(model, "pages-own").priority
    assert router(model, "pages").priority < found.priority < own


def test_links_of_local_mode_win_over_the_paths_of_apps() -> None:
    model = routes(config(share={}), host(status(instance(1))), CONTROL, shares_url=RELAY)
    assert router(model, "shares").rule == r"HostRegexp(`^[a-z0-9-]+\.share\.localhost$`)"
    assert router(model, "app-hello").priority < router(model, "shares").priority


@pytest.mark.parametrize(("share", "relay"), [({}, None), (None, RELAY)])
def test_without_share_or_relay_there_are_no_links(share: object, relay: str | None) -> None:
    model = routes(config(share=share), host(), CONTROL, shares_url=relay)
    assert "shares" not in {router.name for router in model.routers}
    assert "relay" not in {service.name for service in model.services}
    assert model.failovers == ()


GUARDED = {
    "open": {"source": "open", "access": "public"},
    "team": {"source": "team", "access": "signed-in"},
    "own": {"source": "own", "access": "signed-in", "login": "script"},
}


def guarded(**more: object) -> RouteModel:
    apps = [status(instance(1), name=name) for name in GUARDED]
    return routes(
        config(auth={}, apps=GUARDED, **more), host(*apps), CONTROL, "http://control:8001"
    )


def test_every_app_is_asked_about_once_people_can_sign_in() -> None:
    model = guarded()
    for name in GUARDED:
        assert f"identity-{name}" in router(model, f"app-{name}").middlewares
    asked = [m for m in model.middlewares if isinstance(m, ForwardAuth)]
    assert {m.address for m in asked} == {f"http://control:8001/app/{name}" for name in GUARDED}
    assert {"Cookie", "Authorization", "X-Appliance-Identity", "Remote-User"} <= set(
        asked[0].answer_headers
    )


def test_without_sign_in_nobody_is_asked_but_about_what_is_left_of_it() -> None:
    model = routes(config(), host(status(instance(1))), CONTROL, "http://control:8001")
    [asked] = [m for m in model.middlewares if isinstance(m, ForwardAuth)]
    assert asked.address == "http://control:8001/leftovers"
    [carrying] = [r for r in model.routers if asked.name in r.middlewares]
    plain = router(model, "app-hello")
    assert (carrying.name, carrying.service) == ("leftovers-app-hello", plain.service)
    assert carrying.priority == plain.priority + 1


def test_what_is_left_of_signing_in_does_not_change_which_path_wins() -> None:
    nested = {"a": {"source": "a"}, "b": {"source": "b", "path": "/a/b"}}
    apps = [status(instance(1), name=name) for name in nested]
    model = routes(config(apps=nested), host(*apps), CONTROL, "http://control:8001")
    outer, inner = router(model, "leftovers-app-a"), router(model, "app-b")
    assert outer.priority < inner.priority


def test_programs_sign_in_where_the_app_is_for_members_and_has_no_login_of_its_own() -> None:
    model = guarded()
    logins = [r for r in model.routers if r.name.startswith(("login-", "logout-"))]
    of_members = [r for r in logins if r.name.endswith("team")]
    assert [r.name for r in of_members] == ["login-team", "logout-team"]
    others = [r for r in logins if r not in of_members]
    assert all("`Cookie`, `(^|;) *appliance\\-session=`" in r.rule for r in others)
    logins = of_members
    assert logins[0].rule.endswith("&& Method(`POST`) && Path(`/team/login`)")
    assert logins[0].priority > router(model, "app-team").priority
    assert all(r.service == "control" for r in logins)


def test_on_a_host_of_its_own_the_login_is_at_the_root() -> None:
    model = guarded(domain="demos.example.org")
    login = router(model, "login-team")
    assert login.rule == "Host(`team.demos.example.org`) && Method(`POST`) && Path(`/login`)"
