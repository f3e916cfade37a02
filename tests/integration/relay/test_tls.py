"""Clients over TLS: Gradio's with its certificate file, and who is not believed."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from appliance.relay.tunnel.certificates import Certificates
from appliance.relay.tunnel.settings import Settings
from tests.integration.relay.served import TOKEN, URL, served, until
from tests.running.frpc import gradios_frpc, printed, printed_url
from tests.running.relay_authority import Authority

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def certificates(authority: Authority) -> Certificates:
    certificates = Certificates()
    certificates.load([authority.issue("relay.test"), authority.issue("localhost", "127.0.0.1")])
    return certificates


def trusting(file: Path) -> tuple[str, ...]:
    return ("--tls_enable", "--tls_trusted_ca_file", str(file))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_client_that_checks_the_certificate(
    authority: Authority, certificates: Certificates, host: str
) -> None:
    options = trusting(authority.file)
    async with (
        served(certificates=certificates) as relay,
        gradios_frpc(relay.port, relay.app_port, TOKEN, *options, host=host) as client,
    ):
        assert await printed_url(client) == URL
        visitor = await relay.visitor()
        assert await visitor.get("/tls") == b"you asked for /tls"
        assert len(await visitor.get("/noise/8")) == 8 << 20
        attempt = relay.registry.attempts[0]
        assert attempt.tls
        assert attempt.server_name == (None if host == "127.0.0.1" else host)


async def test_a_client_that_does_not_trust_the_relay_is_explained_to_the_operator(
    certificates: Certificates, tmp_path: Path
) -> None:
    other = Authority(tmp_path)
    with capture_logs() as logs:
        async with (
            served(certificates=certificates) as relay,
            gradios_frpc(relay.port, relay.app_port, TOKEN, *trusting(other.file)) as client,
        ):
            assert await client.wait() == 1
            await until(lambda: relay.listener.stats.dropped["tls"] > 0)
    failed = next(line for line in logs if line["event"] == "tunnel.tls_failed")
    assert failed["address"] == "127.0.0.1"
    assert "share_server_tls_certificate=" in failed["advice"]


async def test_tls_without_a_certificate_is_explained_to_the_operator(authority: Authority) -> None:
    with capture_logs() as logs:
        async with (
            served() as relay,
            gradios_frpc(relay.port, relay.app_port, TOKEN, *trusting(authority.file)) as client,
        ):
            assert await client.wait() == 1
            assert relay.listener.stats.dropped["no certificate"] > 0
    assert any(line["event"] == "tunnel.tls_unavailable" for line in logs)


async def test_plain_clients_may_be_told_to_use_tls(certificates: Certificates) -> None:
    settings = Settings(plain=False)
    async with served(certificates=certificates, settings=settings) as relay:
        async with gradios_frpc(relay.port, relay.app_port, TOKEN) as client:
            said = await printed(client, "login to server failed: ")
            assert "share_server_tls_certificate=" in said
        # The registry was not even asked.
        assert relay.registry.attempts == []


async def test_a_new_certificate_is_shown_without_dropping_anybody(
    authority: Authority, tmp_path: Path
) -> None:
    next_authority, certificates = Authority(tmp_path), Certificates()
    certificates.load([authority.issue("127.0.0.1")])
    async with served(certificates=certificates) as relay:
        options = trusting(authority.file)
        async with gradios_frpc(relay.port, relay.app_port, "old", *options) as old:
            await printed_url(old)
            visitor = await relay.visitor("old")
            certificates.load([next_authority.issue("127.0.0.1")])
            options = trusting(next_authority.file)
            async with gradios_frpc(relay.port, relay.app_port, "new", *options) as new:
                await printed_url(new)
                assert await (await relay.visitor("new")).get("/") == b"you asked for /"
                assert await visitor.get("/") == b"you asked for /"
