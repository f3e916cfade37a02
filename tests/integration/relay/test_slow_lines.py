"""Clients behind a slow line, whose pings wait behind all that the relay lets them send."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from appliance.relay.tunnel.certificates import Certificates
from tests.integration.relay.app import NOISE
from tests.integration.relay.cable import slow_line
from tests.integration.relay.served import served, until
from tests.integration.relay.visitor import Visitor
from tests.running.frpc import gradios_frpc, printed, upstreams_frpc
from tests.running.relay_authority import Authority

RATE = 250_000
"""Bytes a second: all that is asked for, sent ahead, would take longer than a ping may."""
PLAIN = "transport.tls.enable = false"
PINGS = "transport.tcpMuxKeepaliveInterval = 1"
"""A ping a second, so that some wait behind the first bytes and some behind the last."""
BEATS = "transport.tcpMux = false\ntransport.heartbeatInterval = 1"
"""The same of a client whose downloads have connections of their own."""

Client = AbstractAsyncContextManager[asyncio.subprocess.Process]
Start = Callable[[Path, int, int, Path], Client]
"""By a folder, the relay's port, the app's, and the certificate to trust."""


def upstreams(*transport: str) -> Start:
    def start(folder: Path, port: int, app: int, _root: Path) -> Client:
        return upstreams_frpc(folder, port, app, transport="\n".join(transport))

    return start


def gradios(*options: str) -> Start:
    def start(_folder: Path, port: int, app: int, root: Path) -> Client:
        trusting = (*options, str(root)) if options else ()
        return gradios_frpc(port, app, "web", *trusting)

    return start


CLIENTS = {
    "upstream's": upstreams(PLAIN, PINGS),
    "upstream's by TLS": upstreams(PINGS),
    "upstream's, not multiplexed": upstreams(PLAIN, BEATS),
    "upstream's by TLS, not multiplexed": upstreams(BEATS),
    "Gradio's": gradios(),
    "Gradio's by TLS": gradios("--tls_enable", "--tls_trusted_ca_file"),
}


@pytest.mark.timeout(300)
async def test_the_first_download_does_not_drown_the_clients_pings(tmp_path: Path) -> None:
    """All of them at once: they wait for their lines, not for each other."""
    authority, certificates = Authority(tmp_path), Certificates()
    certificates.load([authority.issue("127.0.0.1")])
    async with asyncio.TaskGroup() as group:
        for number, (way, start) in enumerate(CLIENTS.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            group.create_task(download(way, start, folder, certificates, authority.file))


async def download(
    way: str, start: Start, folder: Path, certificates: Certificates, root: Path
) -> None:
    async with (
        served("", "secret", certificates=certificates) as relay,
        slow_line(relay.port, RATE, 0.025) as port,
        start(folder, port, relay.app_port, root) as client,
    ):
        await printed(client, "start proxy success")
        assert relay.registry.attempts[0].tls is ("TLS" in way)
        (share,) = relay.registry.shares.values()
        assert share.upstream is not None
        visitor = await Visitor.of(share.upstream)
        assert await visitor.get("/noise/3") == NOISE * 3, way
        # The session of the beginning, not one that came back.
        assert relay.listener.stats.logins == 1, way
        assert client.returncode is None, way
        visitor.stream.close()
    await until(lambda: relay.listener.stats.clients == 0)
