"""HTTPS from the first byte, with nobody but the appliance involved."""

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.integration.certs.conftest import DOMAIN, Served
from tests.integration.certs.visitor import names_of
from tests.running import http
from tests.running.traefik import until

HOST = f"hello.{DOMAIN}"


@pytest.fixture
def local(served: Served) -> Served:
    served.configure("{mode: local-ca}")
    until(lambda: HOST in names_of(served.visitor.presented(HOST)))
    return served


def root(served: Served) -> str:
    return served.certificates()["root"]


def handshake(served: Served, *options: str) -> str:
    """What OpenSSL says about one."""
    address = "{}:{}".format(*served.visitor.address)
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-servername", HOST, *options],
        input=b"",
        capture_output=True,
        check=False,
        timeout=60,
    )
    return (done.stdout + done.stderr).decode(errors="replace")


def test_an_app_is_reached_by_https(local: Served) -> None:
    answer = local.visitor.get(HOST, "/x", root(local), **{"X-Forwarded-Proto": "http"})
    headers = dict(answer.json()["headers"])
    assert answer.json()["path"] == "/x"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"] == HOST
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("name", [DOMAIN, HOST, f"share.{DOMAIN}", f"abc.share.{DOMAIN}"])
def test_every_name_of_ours_is_covered(local: Served, name: str) -> None:
    assert local.visitor.accepts(name, root(local))


@pytest.mark.parametrize("name", ["evil.example.com", f"other.{DOMAIN}", None])
def test_strangers_learn_nothing_from_the_certificate(local: Served, name: str | None) -> None:
    found = local.visitor.presented(name)
    assert names_of(found) == set()
    assert not found.subject
    assert not found.issuer


def test_a_strange_name_gets_no_app(local: Served) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name in ("evil.example.com", f"other.{DOMAIN}"):
        answer = http.get(local.appliance.proxy.https, headers={"Host": name}, verify=context)
        assert answer.status_code == 404
        assert (
            http.get(
                f"{local.appliance.proxy.https}/share.pem", headers={"Host": name}, verify=context
            ).status_code
            == 404
        )


def test_plain_http_leads_to_https_with_method_and_path(local: Served) -> None:
    for send, code in ((http.get, 302), (http.post, 307)):
        answer = send(f"{local.appliance.proxy.http}/a?b=c", headers={"Host": HOST})
        assert answer.status_code == code
        assert answer.headers["location"] == f"https://{HOST}/a?b=c"


@pytest.mark.parametrize("host", ["evil.example.com", f"other.{DOMAIN}", f"{DOMAIN}.", "127.0.0.1"])
def test_plain_http_leads_nowhere_else(local: Served, host: str) -> None:
    for path in ("/", "/-/healthz", "/.well-known/acme-challenge/x"):
        answer = http.get(local.appliance.proxy.http + path, headers={"Host": host})
        assert answer.status_code in {302, 404}
        assert answer.headers.get("location", "https://demos").startswith("https://demos")


@pytest.mark.parametrize("protocol", ["-tls1", "-tls1_1"])
def test_old_tls_is_refused(local: Served, protocol: str) -> None:
    said = handshake(local, protocol, "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert protocol version" in said


def test_http2_and_tls_1_3_are_spoken(local: Served) -> None:
    said = handshake(local, "-alpn", "h2,http/1.1")
    assert "ALPN protocol: h2" in said
    assert "TLSv1.3" in said


def test_the_root_is_offered_with_instructions(local: Served) -> None:
    ask = local.visitor.get
    assert ask(DOMAIN, "/share.pem", root(local)).text == root(local)
    assert ask(DOMAIN, "/-/certificate/root.pem", root(local)).text == root(local)
    der = ask(DOMAIN, "/-/certificate/root.crt", root(local)).content
    assert ssl.DER_cert_to_PEM_cert(der) == root(local)
    page = ask(DOMAIN, "/-/certificate", root(local), Accept="text/html").text
    digits = local.certificates()["root_fingerprint"].upper()
    assert ":".join(digits[at : at + 2] for at in range(0, 64, 2)) in page
    assert f'share_server_address="share.{DOMAIN}:7000"' in page.replace("&#34;", '"')


def test_the_relay_gets_whole_pairs_for_every_name(local: Served) -> None:
    for file in local.certificates()["files"]:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)
        assert Path(file).stat().st_mode & 0o077 == 0o040
    loaded = [Path(file).read_text() for file in local.certificates()["files"]]
    assert len(loaded) == 1


def test_keys_are_readable_for_the_owner_alone(local: Served) -> None:
    folder = local.appliance.folder / "data" / "certificates"
    assert folder.stat().st_mode & 0o077 == 0
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in local.appliance.log()


def test_a_new_app_is_covered_while_everybody_else_goes_on(local: Served) -> None:
    before = root(local)
    local.configure("{mode: local-ca}", apps="hello: {source: hello}, new: {source: new}")
    until(lambda: local.visitor.accepts(f"new.{DOMAIN}", before))
    assert root(local) == before
    local.configure("{mode: local-ca, hsts: {max_age: 1d}}")
    until(
        lambda: (
            local.visitor.get(HOST, "/", before).headers.get("strict-transport-security")
            == "max-age=86400"
        )
    )
