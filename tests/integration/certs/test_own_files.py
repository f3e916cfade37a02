"""Certificates of one's own, good and bad."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.certs import authority
from appliance.certs.authority import LEAF_LIFE, Authority
from tests.integration.certs.conftest import DOMAIN, Served
from tests.running.traefik import until

TLS = "{mode: files, certificates: [{chain: chain.pem, key: {file: key.pem}}]}"
NOW = datetime.now(UTC)
HOST = f"hello.{DOMAIN}"


@pytest.fixture(scope="module")
def outside() -> Authority:
    """Somebody else's."""
    return authority.create([DOMAIN], "elsewhere", NOW)


class Files:
    """The two files that the YAML names."""

    def __init__(self, served: Served, outside: Authority) -> None:
        self._folder = served.appliance.folder
        self._outside = outside

    def put(self, *names: str, now: datetime = NOW, other_key: bool = False) -> None:
        one, other = (authority.issue(self._outside, names, now) for _ in range(2))
        (self._folder / "chain.pem").write_text(one.chain)
        key = self._folder / "key.pem"
        key.write_text((other if other_key else one).key)
        key.chmod(0o600)


@pytest.fixture
def files(served: Served, outside: Authority) -> Files:
    return Files(served, outside)


def test_good_files_serve_and_bad_ones_never_replace_them(
    served: Served, files: Files, outside: Authority
) -> None:
    files.put(DOMAIN, f"*.{DOMAIN}", f"*.share.{DOMAIN}")
    served.configure(TLS)
    until(lambda: served.visitor.accepts(HOST, outside.pem))
    assert served.codes() == []
    assert served.origin(HOST) == "files"

    files.put(DOMAIN, f"*.{DOMAIN}", other_key=True)
    served.configure(TLS, "analytics: {gradio: true}")
    until(lambda: "certificate-unusable" in served.codes())
    assert served.visitor.accepts(HOST, outside.pem)
    assert "do not belong together" in served.certificates()["problems"][0]["message"]

    files.put(DOMAIN, f"*.{DOMAIN}", now=NOW - LEAF_LIFE - timedelta(days=1))
    served.configure(TLS)
    until(lambda: "certificate-expired" in served.codes())
    assert served.visitor.accepts(HOST, outside.pem)


def test_names_that_the_files_lack_get_our_own_authoritys(
    served: Served, files: Files, outside: Authority
) -> None:
    files.put(DOMAIN, f"*.share.{DOMAIN}", f"share.{DOMAIN}")
    served.configure(TLS, apps="hello: {source: hello, host: own.example.net}")
    until(lambda: served.visitor.accepts("own.example.net", served.certificates()["root"]))
    assert served.origin("own.example.net") == "local-ca"
    assert served.visitor.accepts(DOMAIN, outside.pem)
    assert "no certificate of yours covers own.example.net" in str(served.certificates())


def test_share_pem_lets_clients_in_whichever_certificate_is_used(
    served: Served, files: Files, outside: Authority
) -> None:
    files.put(DOMAIN, HOST)
    served.configure(TLS)
    until(lambda: served.visitor.accepts(DOMAIN, outside.pem))
    text = served.visitor.get(DOMAIN, "/share.pem", outside.pem).text
    assert text.startswith(served.certificates()["root"])
    assert text.count("BEGIN CERTIFICATE") > 50
