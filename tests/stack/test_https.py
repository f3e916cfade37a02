"""HTTPS in containers, with nobody but the appliance involved."""

import json
from collections.abc import Iterator

import pytest

from tests.integration.certs.visitor import Visitor
from tests.running import http3
from tests.running.composed import Stack, until
from tests.running.process import free_port

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

DOMAIN = "demos.example.org"
NAME = f"hello.{DOMAIN}"


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Visitor]:
    """The stack is public with a local authority, and as before afterwards."""
    plain, secure = free_port(), free_port()
    yaml, env = (stack.folder / name for name in ("appliance.yaml", ".env"))
    before = (yaml.read_text(), env.read_text())
    try:
        yaml.write_text(
            f"domain: {DOMAIN}\nauth: {{default: public}}\n"
            f"ports: {{local: {stack.port}, http: {plain}, https: {secure}}}\n"
            "tls: {mode: local-ca, http3: true}\n"
            "apps:\n  hello: {source: examples/hello}\n"
        )
        env.write_text(
            before[1] + f"APPLIANCE_PUBLISH_HTTP=127.0.0.1:{plain}\n"
            f"APPLIANCE_PUBLISH_HTTPS=127.0.0.1:{secure}\nAPPLIANCE_PUBLISH_HTTP3={secure}\n"
        )
        stack.run("up", "--detach", "--wait")
        yield Visitor("127.0.0.1", secure)
    finally:
        yaml.write_text(before[0])
        env.write_text(before[1])
        stack.run("up", "--detach", "--wait")
        until(lambda: stack.answers("/hello/config"))


def test_https_by_tcp_and_udp_from_a_root_that_outlives_the_containers(
    stack: Stack, visitor: Visitor
) -> None:
    def root() -> str:
        found = stack.run("exec", "-T", "control", "appliance", "certs", "--json")
        return str(json.loads(found)["root"])

    first = root()
    until(lambda: visitor.accepts(NAME, first))
    until(lambda: visitor.get(NAME, "/config", first).is_success)
    port = visitor.address[1]
    assert f'h3=":{port}"' in visitor.get(NAME, "/config", first).headers["alt-svc"]
    status, body = http3.get(port, NAME, "/config", first)
    assert status == 200
    assert json.loads(body)["version"]

    stack.run("up", "--detach", "--wait", "--force-recreate", "control")
    assert root() == first
    assert visitor.accepts(NAME, first)
