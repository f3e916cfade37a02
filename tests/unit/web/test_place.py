"""Where a visitor is."""

import pytest

from appliance.config.schema import Config
from appliance.web.place import Kind, Place, place

APPS = {
    "hello": {"source": "a"},
    "outer": {"source": "b", "path": "/a"},
    "inner": {"source": "c", "path": "/a/b"},
}
LOCAL = Config.model_validate({"apps": APPS})
PUBLIC = Config.model_validate(
    {"domain": "d.example.org", "apps": {**APPS, "own": {"source": "d", "host": "own.example.com"}}}
)


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("localhost:8080", "/", Place(Kind.OVERVIEW)),
        ("[::1]:8080", "/", Place(Kind.OVERVIEW)),
        ("127.0.0.1", "/hello", Place(Kind.APP, "hello")),
        ("LOCALHOST", "/hello/x", Place(Kind.APP, "hello")),
        ("localhost", "/a/bc", Place(Kind.APP, "outer")),
        ("localhost", "/a/b/c", Place(Kind.APP, "inner")),
        ("localhost", "/hellofoo", Place(Kind.UNKNOWN_PATH)),
        ("localhost", "/hello%2Fx", Place(Kind.UNKNOWN_PATH)),
        ("evil.org", "/", Place(Kind.UNKNOWN_HOST)),
        ("evil.org", "/hello/", Place(Kind.UNKNOWN_HOST)),
        ("", "/", Place(Kind.UNKNOWN_HOST)),
        ("0a1b.share.localhost:8080", "/hello", Place(Kind.APP, "hello")),
    ],
)
def test_local_mode(host: str, path: str, expected: Place) -> None:
    assert place(LOCAL, host, path) == expected


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("d.example.org", "/", Place(Kind.OVERVIEW)),
        ("d.example.org.:80", "/", Place(Kind.OVERVIEW)),
        ("d.example.org", "/a/x", Place(Kind.APP, "outer")),
        ("d.example.org", "/hello", Place(Kind.UNKNOWN_PATH)),
        ("hello.d.example.org", "/", Place(Kind.APP, "hello")),
        ("hello.d.example.org", "/any", Place(Kind.APP, "hello")),
        ("own.example.com", "/", Place(Kind.APP, "own")),
        ("localhost", "/", Place(Kind.UNKNOWN_HOST)),
        ("nope.d.example.org", "/", Place(Kind.UNKNOWN_HOST)),
    ],
)
def test_public_mode(host: str, path: str, expected: Place) -> None:
    assert place(PUBLIC, host, path) == expected


def test_hosts_of_links_are_nobody_elses() -> None:
    config = Config.model_validate({"apps": APPS, "share": {}})
    assert place(config, "0a1b.share.localhost:8080", "/hello") == Place(Kind.SHARE)
    assert place(config, "share.localhost", "/hello") == Place(Kind.APP, "hello")
    assert place(config, "a.b.share.localhost", "/hello") == Place(Kind.APP, "hello")
