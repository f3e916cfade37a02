"""What Traefik reads, and how it gets there."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from appliance.proxy import files
from appliance.proxy.model import (
    Cookie,
    ErrorPages,
    Failover,
    Patience,
    Probe,
    RequestHeaders,
    RouteModel,
    Router,
    Service,
    ToHttps,
    WholeBodies,
)
from appliance.proxy.static import Folder, Listen

MODEL = RouteModel(
    routers=(Router("app", "Host(`a.example.org`)", "app", ("http",), 7, ("claims", "errors")),),
    services=(Service("app", ("http://10.0.0.1:1",), Cookie("appliance_app", "/app")),),
    middlewares=(
        RequestHeaders("claims", (("Forwarded", ""),)),
        ErrorPages("errors", "/-/error/{status}?app=app"),
    ),
)


def parsed(text: str) -> dict:
    return YAML(typ="safe").load(text)


def test_the_model_arrives_in_traefiks_terms() -> None:
    http = parsed(files.routes_text(MODEL))["http"]
    assert http["routers"]["app"] == {
        "entryPoints": ["http"],
        "rule": "Host(`a.example.org`)",
        "priority": 7,
        "service": "app",
        "middlewares": ["claims", "errors"],
    }
    balancer = http["services"]["app"]["loadBalancer"]
    assert balancer["servers"] == [{"url": "http://10.0.0.1:1"}]
    assert balancer["sticky"]["cookie"] == {
        "name": "appliance_app",
        "path": "/app",
        "httpOnly": True,
        "sameSite": "lax",
        "secure": False,
    }
    assert http["middlewares"]["claims"]["headers"] == {"customRequestHeaders": {"Forwarded": ""}}
    errors = http["middlewares"]["errors"]["errors"]
    assert errors["status"] == ["502", "504"]
    assert errors["query"] == "/-/error/{status}?app=app"
    assert errors["errorRequestHeaders"] == ["Accept"]


def test_a_service_that_is_away_has_another_in_its_place() -> None:
    model = RouteModel(
        services=(
            Service("main", ("http://10.0.0.1:1",), probe=Probe("relay.invalid", 404, 8, 1)),
            Service("other", ("http://10.0.0.2:1",)),
        ),
        failovers=(Failover("either", "main", "other"),),
        middlewares=(Patience("patience", 30, 250),),
    )
    http = parsed(files.routes_text(model))["http"]
    assert http["services"]["either"] == {"failover": {"service": "main", "fallback": "other"}}
    assert http["services"]["main"]["loadBalancer"]["healthCheck"] == {
        "path": "/",
        "hostname": "relay.invalid",
        "status": 404,
        "interval": "8s",
        "unhealthyInterval": "1s",
        "timeout": "3s",
    }
    assert "healthCheck" not in http["services"]["other"]["loadBalancer"]
    assert http["middlewares"]["patience"] == {
        "retry": {"attempts": 30, "initialInterval": "250ms"}
    }


def test_what_reads_bodies_ahead_repeats_nothing() -> None:
    model = RouteModel(middlewares=(WholeBodies("whole", 1_000),))
    assert parsed(files.routes_text(model))["http"]["middlewares"]["whole"] == {
        "retry": {
            "attempts": 2,
            "status": ["100"],
            "retryNonIdempotentMethod": True,
            "disableRetryOnNetworkError": True,
            "maxRequestBodyBytes": 1_000,
        }
    }


def test_answers_get_headers_too() -> None:
    model = RouteModel(middlewares=(RequestHeaders("claims", (), (("X-A", "b"),)),))
    headers = parsed(files.routes_text(model))["http"]["middlewares"]["claims"]["headers"]
    assert headers["customResponseHeaders"] == {"X-A": "b"}


@pytest.mark.parametrize(("port", "written"), [(443, {}), (8443, {"port": "8443"})])
def test_the_way_to_https_names_the_port_unless_everybody_knows_it(port, written) -> None:
    model = RouteModel(middlewares=(ToHttps("to-https", port),))
    found = parsed(files.routes_text(model))["http"]["middlewares"]["to-https"]
    assert found == {"redirectScheme": {"scheme": "https", "permanent": False, **written}}


def test_certificates_are_in_the_file_with_their_keys() -> None:
    tls = parsed(files.certificates_text([("chain\n", "key\n")], ("nobody", "nobody's key")))["tls"]
    assert tls["certificates"] == [{"certFile": "chain\n", "keyFile": "key\n"}]
    assert tls["stores"]["default"]["defaultCertificate"]["certFile"] == "nobody"
    assert tls["options"]["default"]["minVersion"] == "VersionTLS12"


def test_only_the_plain_entry_of_a_proxy_in_front_believes_what_it_is_told() -> None:
    listen = Listen(":1", ":2", ":3", ":4", 443, ("10.0.0.0/8",))
    points = parsed(files.static_text(listen, Path("/dynamic")))["entryPoints"]
    trusted = {
        name: point["forwardedHeaders"]["trustedIPs"]
        for name, point in points.items()
        if name != "api"
    }
    assert trusted == {"local": [], "http": ["10.0.0.0/8"], "https": []}
    assert points["https"]["http"]["tls"] == {}
    assert points["https"]["http3"] == {"advertisedPort": 443}
    assert "tls" not in points["http"]["http"]


def test_an_empty_model_is_a_file_all_the_same() -> None:
    assert "http" in parsed(files.routes_text(RouteModel()))


@pytest.mark.parametrize("text", ['a"\n  b: c', "{{ env `HOME` }}", "äöü 👋", "# x", "\\u0000"])
def test_no_value_breaks_out_of_its_place(text: str) -> None:
    rendered = files.routes_text(RouteModel(services=(Service("s", (text,)),)))
    assert "{{" not in rendered
    servers = parsed(rendered)["http"]["services"]["s"]["loadBalancer"]["servers"]
    assert servers == [{"url": text}]


def test_slow_uploads_and_long_streams_are_never_cut() -> None:
    listen = Listen(local="127.0.0.1:1", http=":2", api="127.0.0.1:3")
    static = parsed(files.static_text(listen, Path("/dynamic")))
    for name in ("local", "http"):
        timeouts = static["entryPoints"][name]["transport"]["respondingTimeouts"]
        assert timeouts == {"readTimeout": "0s", "writeTimeout": "0s", "idleTimeout": "180s"}
    assert static["serversTransport"]["forwardingTimeouts"]["responseHeaderTimeout"] == "0s"
    assert static["providers"]["providersThrottleDuration"] == "100ms"


def test_traefik_calls_nobody_and_trusts_nobody() -> None:
    listen = Listen(local="127.0.0.1:1", http=":2", api="127.0.0.1:3")
    static = parsed(files.static_text(listen, Path("/dynamic")))
    assert static["global"] == {"checkNewVersion": False, "sendAnonymousUsage": False}
    assert static["entryPoints"]["http"]["forwardedHeaders"] == {
        "insecure": False,
        "trustedIPs": [],
    }
    assert "insecure" not in static["api"]
    assert "accessLog" not in static


def test_an_entry_point_that_is_not_wanted_is_not_there() -> None:
    static = parsed(files.static_text(Listen(":1", None, ":3"), Path("/dynamic")))
    assert set(static["entryPoints"]) == {"local", "api"}


def test_the_api_is_open_to_the_key_only() -> None:
    router = parsed(files.api_text("s3cret"))["http"]["routers"]["api"]
    assert router["entryPoints"] == ["api"]
    assert "Header(`X-Appliance-Proxy-Key`, `s3cret`)" in router["rule"]


def test_what_traefik_needs_is_there_before_it_starts(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "traefik")
    files.prepare(folder, Listen(":1", ":2", ":3"), "key")
    assert parsed(folder.static.read_text())["providers"]["file"]["directory"] == str(
        folder.dynamic
    )
    assert folder.api.is_file()
    assert not folder.routes.exists()


def test_routes_of_an_earlier_run_outlive_a_new_start(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "traefik")
    files.prepare(folder, Listen(":1", ":2", ":3"), "key")
    folder.routes.write_text(files.routes_text(MODEL))
    files.prepare(folder, Listen(":1", ":2", ":3"), "another key")
    assert folder.routes.read_text() == files.routes_text(MODEL)
    assert "another key" in folder.api.read_text()
