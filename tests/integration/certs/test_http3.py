"""`tls.http3`: visitors are told of it, and it is there."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aioquic.tls import AlertBadCertificate

from appliance.certs import authority, publishing
from appliance.config.schema import Config
from appliance.proxy.files import prepare
from appliance.proxy.routes import routes
from tests.integration.certs.visitor import Visitor
from tests.running import http3, statuses
from tests.running.traefik import prepared, started, until
from tests.running.upstream import Upstream, serving

NAME = "hello.demos.example.org"
CONFIG = Config.model_validate(
    {
        "domain": "demos.example.org",
        "auth": {"default": "public"},
        "tls": {"mode": "local-ca", "http3": True},
        "apps": {"hello": {"source": "hello"}},
    }
)


def test_a_visitor_by_http3_gets_the_app_with_the_certificate_of_all(tmp_path: Path) -> None:
    now, upstream, proxy = datetime.now(UTC), Upstream("hello"), prepared(tmp_path)
    host, port = "127.0.0.1", int(proxy.https.rpartition(":")[2])
    prepare(proxy.folder, replace(proxy.listen, http3=port), proxy.key)
    root = authority.create(["demos.example.org"], "test", now)
    leaf = authority.issue(root, [NAME], now)
    publishing.for_proxy(proxy.folder.certificates, [leaf], authority.nameless(now))
    with serving(upstream, upstream.url), started(proxy):
        live = statuses.host(statuses.live("hello", upstream.url))
        proxy.apply(routes(CONFIG, live, upstream.url, upstream.url))
        visitor = Visitor(host, port)
        until(lambda: visitor.accepts(NAME, root.pem))
        told = visitor.get(NAME, "/x", root.pem).headers["alt-svc"]
        assert f'h3=":{port}"' in told
        status, body = http3.get(port, NAME, "/x", root.pem)
        assert status == 200
        assert json.loads(body)["path"] == "/x"
        stranger = authority.create(["demos.example.org"], "other", now)
        with pytest.raises((ConnectionError, AlertBadCertificate)):
            http3.get(port, NAME, "/x", stranger.pem)
