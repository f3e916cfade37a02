"""`tls.mode: off`: somebody in front adds TLS, and only they are believed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.proxy.files import prepare
from appliance.proxy.routes import OUTSIDE_PATH, routes
from tests.running import http, statuses
from tests.running.traefik import Proxy, prepared, started
from tests.running.upstream import Upstream, serving

CLAIMED = {
    "Host": "hello.demos.example.org",
    "X-Forwarded-For": "198.51.100.9",
    "X-Forwarded-Proto": "https",
}


def config(*networks: str) -> Config:
    return Config.model_validate(
        {
            "domain": "demos.example.org",
            "auth": {"default": "public"},
            "tls": {"mode": "off", "trusted_proxies": list(networks)},
            "apps": {"hello": {"source": "hello"}},
        }
    )


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    hello = Upstream("hello")
    with serving(hello, hello.url):
        yield hello


def seen(
    config: Config, folder: Path, upstream: Upstream, *paths: str
) -> list[tuple[str, dict[str, str]]]:
    """Path and headers that reach the app, or control in its place, of visits from loopback."""
    proxy: Proxy = prepared(folder)
    listen = replace(proxy.listen, trusted=trusted(config))
    prepare(proxy.folder, listen, proxy.key)
    with started(proxy):
        host = statuses.host(statuses.live("hello", upstream.url))
        # It answers as ForwardAuth does for a public app.
        proxy.apply(routes(config, host, upstream.url, upstream.url))
        answers = [http.get(proxy.http + path, headers=CLAIMED).json() for path in paths]
        return [(answer["path"], dict(answer["headers"])) for answer in answers]


def test_the_proxy_in_front_says_who_the_visitor_is(tmp_path: Path, upstream: Upstream) -> None:
    ((path, found),) = seen(config("192.0.2.1", "127.0.0.0/8"), tmp_path, upstream, "/x")
    assert path == "/x"
    assert found["x-forwarded-proto"] == "https"
    assert found["x-forwarded-for"].startswith("198.51.100.9")


def test_who_goes_round_it_reaches_no_app_and_no_page_and_is_not_believed(
    tmp_path: Path, upstream: Upstream
) -> None:
    paths = ("/x", "/-/sign-in", "/login?a=b")
    for path, found in seen(config("192.0.2.1", "2001:db8::/64"), tmp_path, upstream, *paths):
        assert path == OUTSIDE_PATH
        assert found["x-forwarded-proto"] == "http"
        assert "198.51.100.9" not in found["x-forwarded-for"]
