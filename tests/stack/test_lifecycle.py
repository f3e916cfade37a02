"""The days of a stack: up, edits, crashes, broken releases, restarts, down."""

from http.client import HTTPConnection

import pytest

from tests.running.composed import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

HELLO = "apps:\n  hello: {source: examples/hello}\n"


def ids(stack: Stack, app: str) -> set[str]:
    return {str(container.id) for container in stack.instances(app)}


def asked(visitor: HTTPConnection, path: str) -> int:
    """Status of a GET on the connection that the visitor has."""
    visitor.request("GET", path)
    answer = visitor.getresponse()
    answer.read()
    return answer.status


def test_once_up_returns_the_app_answers(stack: Stack) -> None:
    assert stack.get("/hello/config").json()["version"]
    assert stack.service("apps").attrs["State"]["Health"]["Status"] == "healthy"


def test_an_edit_of_the_yaml_is_live_without_touching_the_rest(stack: Stack) -> None:
    before = ids(stack, "hello")
    visitor = HTTPConnection("localhost", stack.port, timeout=60)
    assert asked(visitor, "/hello/config") == 200
    opened = visitor.sock
    stack.configure(HELLO + "  again: {source: examples/hello}\n")
    until(lambda: stack.answers("/again/config"))
    assert ids(stack, "hello") == before

    stack.configure(HELLO)
    until(lambda: not stack.instances("again"))
    until(lambda: f"{stack.project}_app-again" not in stack.belongings()["networks"])
    # The engine moves published ports when a container's first network changes.
    assert asked(visitor, "/hello/config") == 200
    assert visitor.sock is opened
    visitor.close()
    assert f"{stack.project}_app-again" in stack.belongings()["volumes"]
    assert stack.answers("/hello/config")


def test_an_app_whose_container_is_killed_comes_back(stack: Stack) -> None:
    container = stack.instances("hello")[0]
    began = container.attrs["State"]["StartedAt"]
    container.kill()

    def back() -> bool:
        found = stack.instances("hello")
        return bool(found) and found[0].attrs["State"]["StartedAt"] != began

    until(back)
    until(lambda: stack.answers("/hello/config"))


def test_an_app_whose_container_is_removed_comes_back(stack: Stack) -> None:
    container = stack.instances("hello")[0]
    container.remove(force=True)
    until(lambda: ids(stack, "hello") - {container.id})
    until(lambda: stack.answers("/hello/config"))


def test_a_broken_release_leaves_the_old_one_serving(stack: Stack) -> None:
    script = stack.folder / "examples/hello/app.py"
    working, before = script.read_text(), ids(stack, "hello")
    script.write_text("raise ValueError('this release is broken')\n")
    try:
        told = until(lambda: _problem(stack, "this release is broken"))
        assert "this release is broken" in told
        assert ids(stack, "hello") == before
        assert stack.answers("/hello/config")
    finally:
        script.write_text(working)


def test_a_new_app_host_adopts_what_runs(stack: Stack) -> None:
    before = ids(stack, "hello")
    stack.run("restart", "apps")
    until(lambda: _healthy(stack, "apps"))
    assert ids(stack, "hello") == before
    assert stack.answers("/hello/config")


def test_a_new_proxy_reaches_the_apps(stack: Stack) -> None:
    stack.run("up", "--detach", "--wait", "--force-recreate", "--no-deps", "proxy")
    until(lambda: stack.answers("/hello/config"))


def test_down_leaves_nothing_but_volumes(stack: Stack) -> None:
    volumes = stack.belongings()["volumes"]
    stack.run("down")
    assert stack.belongings() == {"containers": [], "networks": [], "volumes": volumes}
    assert f"{stack.project}_app-hello" in volumes

    stack.run("up", "--detach", "--wait")
    assert stack.answers("/hello/config")


def _problem(stack: Stack, text: str) -> str:
    said = stack.run("exec", "-T", "control", "appliance", "apps", "--json")
    return said if text in said else ""


def _healthy(stack: Stack, service: str) -> bool:
    return bool(stack.service(service).attrs["State"]["Health"]["Status"] == "healthy")
