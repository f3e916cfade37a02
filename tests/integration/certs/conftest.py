"""Control and a real Traefik with HTTPS, a real ACME authority, and a name server."""

import shutil
from collections.abc import Iterator

import pytest

from appliance.certs.model import Origin
from tests.integration.certs import nameserver
from tests.integration.certs.nameserver import NameServer
from tests.integration.certs.pebble import Pebble
from tests.integration.certs.visitor import Visitor
from tests.integration.control.conftest import Appliance
from tests.running import statuses
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

DOMAIN = "demos.example.org"
HELLO = Upstream("hello")


class Served:
    """An appliance with one app, and how visitors see its certificates."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance
        host, _, port = (appliance.proxy.listen.https or "").rpartition(":")
        self.visitor = Visitor(host, int(port))

    def configure(
        self,
        tls: str,
        more: str = "",
        apps: str = "hello: {source: hello}",
        domain: str = DOMAIN,
        share: str = "share: {}",
    ) -> None:
        """Write the YAML and wait until it is in force."""
        opened = f"auth: {{default: public}}\n{share}\n"
        text = f"domain: {domain}\n{opened}tls: {tls}\n{more}\napps: {{{apps}}}\n"
        self.appliance.yaml.write_text(text)
        self.appliance.host.say(statuses.live("hello", HELLO.url))
        until(lambda: self.status()["text"] == text)
        until(lambda: self.status()["routes"]["live"])

    def forget(self) -> None:
        """As if no authority had ever been asked, and no file been given."""
        self.appliance.stop("control")
        data = self.appliance.folder / "data"
        shutil.rmtree(data / "certbot", ignore_errors=True)
        for origin in (Origin.CERTBOT, Origin.FILES):
            for file in (data / "certificates").glob(f"{origin.value}-*"):
                file.unlink()
        self.appliance.yaml.write_text("apps: {}\n")
        self.appliance.start("control")
        self.configure("{mode: local-ca}")

    def renew(self) -> None:
        assert self.appliance.ask("/certificates/renew", body="").is_success

    def kill_control(self) -> None:
        """Without any warning, and start it again."""
        self.appliance.kill("control")
        self.appliance.start("control")

    def status(self) -> dict:
        return self.appliance.status()

    def certificates(self) -> dict:
        return self.status()["certificates"]

    def codes(self) -> list[str]:
        return [problem["code"] for problem in self.certificates()["problems"]]

    def origin(self, name: str) -> str | None:
        """Who vouches for a name."""
        names = {one["name"]: one["origin"] for one in self.certificates()["names"]}
        return names.get(name)


def authority_of(pebble: Pebble, more: str = "", directory: str = "") -> str:
    """`tls` in the YAML for certificates of a real authority."""
    return (
        f"{{mode: certbot, email: ops@example.org, directory: '{directory or pebble.directory}',"
        f" directory_ca: '{pebble.directory_ca}', {more}}}"
    )


@pytest.fixture(scope="session")
def names() -> Iterator[NameServer]:
    with nameserver.serving(DOMAIN) as found:
        yield found


@pytest.fixture(scope="session")
def pebble(
    served: Served, names: NameServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pebble]:
    port = int(served.appliance.proxy.http.rpartition(":")[2])
    found = Pebble(tmp_path_factory.mktemp("pebble"), port, names.port)
    found.start()
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Appliance(tmp_path_factory.mktemp("certs"))
    # The authority's port 80 is the proxy's, whatever its number here.
    made.published["APPLIANCE_PUBLISHED_HTTP"] = ":80"
    made.yaml.write_text("apps: {}\n")
    try:
        with serving(HELLO, HELLO.url):
            for name in ("traefik", "apps", "control"):
                made.start(name)
            yield Served(made)
    finally:
        made.stop_all()
