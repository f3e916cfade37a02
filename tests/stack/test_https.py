"""HTTPS in containers: with nobody involved, and with an authority and acme-dns."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from appliance.certs import authority
from tests.integration.certs import nameserver
from tests.integration.certs.pebble import Pebble
from tests.integration.certs.records import AcmeDns, answering
from tests.integration.certs.visitor import Visitor, names_of
from tests.running import http3
from tests.running.chromium import shoot
from tests.running.composed import Stack, until
from tests.running.process import free_port
from tests.running.rooted import browsing, installed
from tests.running.waiting import arrive

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

DOMAIN = "demos.example.org"
NAME = f"hello.{DOMAIN}"
ADDRESS = "192.0.2.7"
LOCAL_CA = "{mode: local-ca, http3: true}"


class Public:
    """The stack with a domain, as its visitors see it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.plain, self.secure = free_port(), free_port()
        self.visitor = Visitor("127.0.0.1", self.secure)

    def write(self, tls: str, more: str = "", domain: str = DOMAIN, at: str = "") -> None:
        """`at`: a key of the app, that says where it is found."""
        (self.stack.folder / "appliance.yaml").write_text(
            f"domain: {domain}\nauth: {{default: public}}\n"
            f"ports: {{local: {self.stack.port}, http: {self.plain}, https: {self.secure}}}\n"
            f"tls: {tls}\n{more}apps:\n  hello: {{source: examples/hello, {at}}}\n"
        )

    def certificates(self) -> dict:
        found = self.stack.run("exec", "-T", "control", "appliance", "certs", "--json")
        return dict(json.loads(found))

    def root(self) -> str:
        return str(self.certificates()["root"])


@pytest.fixture(scope="module")
def public(stack: Stack) -> Iterator[Public]:
    """The stack with a local authority; as before afterwards."""
    found = Public(stack)
    yaml, env = (stack.folder / name for name in ("appliance.yaml", ".env"))
    before = (yaml.read_text(), env.read_text())
    try:
        found.write(LOCAL_CA)
        env.write_text(
            before[1] + f"APPLIANCE_PUBLISH_HTTP=127.0.0.1:{found.plain}\n"
            f"APPLIANCE_PUBLISH_HTTPS=127.0.0.1:{found.secure}\n"
            f"APPLIANCE_PUBLISH_HTTP3={found.secure}\n"
        )
        stack.run("up", "--detach", "--wait")
        yield found
    finally:
        there = {container.id for container in stack.instances("hello")}
        yaml.write_text(before[0])
        env.write_text(before[1])
        stack.run("up", "--detach", "--wait")
        # At another address the app runs anew, and what ran before still serves for a while.
        until(lambda: there.isdisjoint(container.id for container in stack.instances("hello")))
        until(lambda: stack.answers("/hello/config"))


def test_https_by_tcp_and_udp_from_a_root_that_outlives_the_containers(public: Public) -> None:
    visitor, first = public.visitor, public.root()
    until(lambda: visitor.accepts(NAME, first))
    until(lambda: visitor.get(NAME, "/config", first).is_success)
    port = visitor.address[1]
    assert f'h3=":{port}"' in visitor.get(NAME, "/config", first).headers["alt-svc"]
    status, body = http3.get(port, NAME, "/config", first)
    assert status == 200
    assert json.loads(body)["version"]

    public.stack.run("up", "--detach", "--wait", "--force-recreate", "control")
    assert public.root() == first
    until(lambda: visitor.accepts(NAME, first))


def test_with_the_root_in_its_store_chromium_uses_the_app_at_the_machines_address(
    public: Public, tmp_path: Path
) -> None:
    public.write(LOCAL_CA, domain=ADDRESS, at="path: /hello")
    try:
        until(lambda: ADDRESS in names_of(public.visitor.presented(None)))
        root = public.root()
        until(lambda: public.visitor.get(ADDRESS, "/hello/config", root).is_success)
        installed(tmp_path, root)
        with browsing(tmp_path) as page:
            name = page.get_by_label("Your name")
            answer = arrive(page, f"https://{ADDRESS}:{public.secure}/hello/", name)
            assert answer.security_details()
            name.fill("Ada")
            page.get_by_role("button", name="Submit").click()
            expect(page.get_by_label("Greeting")).to_have_value("Hello, Ada!")
            assert page.evaluate("isSecureContext")
            shoot(page, "compose-local-ca")
    finally:
        public.write(LOCAL_CA)
    root = public.root()
    until(lambda: public.visitor.accepts(NAME, root))


def test_acme_dns_brings_a_wildcard_for_apps_and_shares(public: Public, tmp_path: Path) -> None:
    """The way of docs/tls.md, with an authority and an acme-dns server on this machine."""
    network = public.stack.client.networks.get(f"{public.stack.project}_authorities")
    gateway = network.attrs["IPAM"]["Config"][0]["Gateway"]
    folder = public.stack.folder
    with nameserver.serving(DOMAIN) as zone, answering(AcmeDns(zone).answer, gateway) as url:
        accounts = {}
        for name in (DOMAIN, f"share.{DOMAIN}"):
            account = httpx.post(f"{url}/register", timeout=60).json()
            accounts[name] = {**account, "server_url": url}
            zone.aliases[f"_acme-challenge.{name}."] = f"{account['fulldomain']}."
        (folder / "acme-dns.json").write_text(json.dumps(accounts))
        pebble = Pebble(tmp_path, public.plain, zone.port, gateway)
        (folder / "pebble.pem").write_text(pebble.directory_ca.read_text())
        pebble.start()
        try:
            public.write(
                f"{{mode: certbot, email: ops@example.org, directory: '{pebble.directory}', "
                "directory_ca: pebble.pem, "
                "challenge: {dns: acme-dns, credentials: {file: acme-dns.json}}}",
                f"share: {{port: {public.stack.share_port}}}\n",
            )
            until(lambda: public.visitor.accepts(NAME, pebble.root()))
            assert names_of(public.visitor.presented(NAME)) == {
                DOMAIN, f"*.{DOMAIN}", f"*.share.{DOMAIN}"
            }  # fmt: skip
            assert public.visitor.accepts(f"any.share.{DOMAIN}", pebble.root())
            assert public.certificates()["problems"] == []
        finally:
            pebble.stop()
            public.write(LOCAL_CA)
    root = public.root()
    until(lambda: public.visitor.accepts(NAME, root))


def test_a_key_for_its_owner_alone_is_read_once_control_runs_as_the_owner(public: Public) -> None:
    """As docs/tls.md says it, on volumes that another user has written before."""
    stack, now = public.stack, datetime.now(UTC)
    mine = authority.create([DOMAIN], "mine", now)
    leaf = authority.issue(mine, [DOMAIN, f"*.{DOMAIN}"], now)
    (stack.folder / "chain.pem").write_text(leaf.chain)
    key = stack.folder / "key.pem"
    key.write_text(leaf.key)
    key.chmod(0o600)
    env = stack.folder / ".env"
    before, root = env.read_text(), public.root()
    public.write("{mode: files, certificates: [{chain: chain.pem, key: {file: key.pem}}]}")

    until(lambda: "APPLIANCE_USER" in json.dumps(public.certificates()["problems"]))
    assert not public.visitor.accepts(NAME, mine.pem)
    try:
        _run_as(stack, f"{before}APPLIANCE_USER={os.getuid()}\n")
        until(lambda: public.visitor.accepts(NAME, mine.pem))
        assert public.certificates()["problems"] == []
    finally:
        public.write(LOCAL_CA)
        _run_as(stack, before)
    # Keys that one user wrote are the next one's.
    assert public.root() == root
    until(lambda: public.visitor.accepts(NAME, root))


def _run_as(stack: Stack, env: str) -> None:
    """What scripts/up does with a changed .env."""
    (stack.folder / ".env").write_text(env)
    subprocess.run([stack.folder / "scripts/compose/take-over"], check=True, timeout=300)
    stack.run("up", "--detach", "--wait")
