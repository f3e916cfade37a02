"""Who reaches what, in both modes."""

import httpx
import pytest

from appliance.config.schema import Config
from tests.integration.proxy.conftest import Edge
from tests.running import http, statuses
from tests.running.upstream import Upstream

PAGE = {"Accept": "text/html"}


def get(edge: Edge, path: str, host: str | None = None) -> httpx.Response:
    """By the entry point for everyone if a host is named."""
    if host is None:
        return http.get(edge.proxy.local + path)
    return http.get(edge.proxy.http + path, headers={"Host": host})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/hello", {"hello", "copy"}),
        ("/hello/", {"hello", "copy"}),
        ("/hello/gradio_api/info", {"hello", "copy"}),
        ("/talk/chat/", {"chat"}),
    ],
)
def test_local_mode_serves_an_app_under_its_path(local: Edge, path: str, name: set) -> None:
    answer = get(local, path)
    assert answer.json()["name"] in name
    assert answer.json()["path"] == path


@pytest.mark.parametrize(
    "path", ["/hellofoo", "/hell", "/Hello/", "/talk", "/x/hello/", "/hello%2Fx"]
)
def test_a_path_that_only_looks_like_an_apps_is_nobodys(local: Edge, path: str) -> None:
    answer = get(local, path)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no app at this address.")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "hello.localhost"])
def test_every_name_of_loopback_will_do(local: Edge, host: str) -> None:
    answer = http.get(local.proxy.local + "/hello/", headers={"Host": host})
    assert answer.json()["name"] in {"hello", "copy"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org",
        "127.0.0.1.evil.org",
        "localhost.evil.org",
        "xlocalhost",
        "10.0.0.1",
        "127.0.0.2",
    ],
)
@pytest.mark.parametrize("path", ["/", "/hello/", "/talk/chat/"])
def test_a_web_site_whose_name_leads_to_loopback_learns_nothing(
    local: Edge, host: str, path: str
) -> None:
    answer = http.get(local.proxy.local + path, headers={"Host": host, **PAGE})
    assert answer.status_code == 404
    assert not any(word in answer.text for word in ("hello", "chat", "slow", "broken", "All apps"))


def test_local_mode_opens_nothing_to_everyone(local: Edge) -> None:
    answer = http.get(local.proxy.http + "/hello/", headers={"Host": "localhost"})
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_public_mode_serves_an_app_on_its_host_and_a_chosen_path(public: Edge) -> None:
    assert get(public, "/x", "hello.demos.example.org").json()["path"] == "/x"
    assert get(public, "/talk/chat/x", "demos.example.org").json()["name"] == "chat"
    assert get(public, "/talk/chat/x", "HELLO.demos.example.org:80").json()["name"] != "chat"


@pytest.mark.parametrize("host", ["evil.org", "nope.demos.example.org", "127.0.0.1", "localhost."])
def test_public_mode_tells_strange_hosts_nothing(public: Edge, host: str) -> None:
    answer = http.get(public.proxy.http + "/", headers={"Host": host, **PAGE})
    assert answer.status_code == 404
    assert "Nothing is served under this host name" in answer.text
    assert not any(word in answer.text for word in ("hello", "chat", "demos"))


def test_public_mode_lists_what_can_be_used(public: Edge) -> None:
    answer = http.get(public.proxy.http + "/", headers={"Host": "demos.example.org"})
    assert {app["name"]: app["state"] for app in answer.json()["apps"]} == {
        "hello": "live",
        "chat": "live",
        "slow": "starting",
        "gone": "live",
    }


def test_the_pages_have_a_prefix_on_every_host(public: Edge) -> None:
    for host in ("demos.example.org", "hello.demos.example.org", "slow.demos.example.org"):
        answer = http.get(public.proxy.http + "/-/static/style.css", headers={"Host": host})
        assert answer.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(("path", "status"), [("/slow/", 503), ("/broken/", 503), ("/gone/", 502)])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_app_that_cannot_answer_has_a_page(
    local: Edge, path: str, status: int, method: str
) -> None:
    answer = http.request(method, local.proxy.local + path, headers=PAGE)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "retry-after" in answer.headers
    assert ("<h1" in answer.text) == (method != "HEAD")


def test_programs_get_json_when_an_app_does_not_answer(local: Edge) -> None:
    answer = get(local, "/gone/gradio_api/info")
    assert answer.status_code == 502
    assert "stopped answering" in answer.json()["detail"]


def test_errors_of_an_app_itself_are_its_own(local: Edge) -> None:
    for status in (404, 413, 500, 503):
        answer = get(local, f"/hello/fail?{status}")
        assert (answer.status_code, answer.json()) == (status, {"own": True})


def test_a_live_edit_is_routed(local: Edge, upstreams: dict[str, Upstream]) -> None:
    edited = Config.model_validate({"apps": {"chat": {"source": "chat", "path": "/new"}}})
    local.serve(edited, statuses.host(statuses.live("chat", upstreams["copy"].url)))
    assert get(local, "/new/").json()["name"] == "copy"
    assert get(local, "/talk/chat/").status_code == 404
    assert "app-hello@file" not in local.proxy.rawdata()["routers"]
