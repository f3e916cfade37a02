"""Clients behind a slow line, whose pings wait behind all that the relay lets them send."""

from pathlib import Path

import pytest

from tests.integration.relay.cable import slow_line
from tests.integration.relay.frpc import printed, upstreams_frpc
from tests.integration.relay.served import served, until
from tests.integration.relay.visitor import Visitor

RATE = 250_000
"""Bytes a second: all that is asked for, sent ahead, would take longer than a ping may."""
PINGS = "transport.tls.enable = false\ntransport.tcpMuxKeepaliveInterval = 1"
"""A ping a second, so that some wait behind the first bytes and some behind the last."""


@pytest.mark.timeout(180)
async def test_the_first_download_does_not_drown_the_clients_pings(tmp_path: Path) -> None:
    async with (
        served("secret") as relay,
        slow_line(relay.port, RATE, 0.025) as port,
        upstreams_frpc(tmp_path, port, relay.app_port, transport=PINGS) as client,
    ):
        await printed(client, "start proxy success")
        upstream = relay.registry.shares["web"].upstream
        assert upstream is not None
        visitor = await Visitor.of(upstream)
        assert len(await visitor.get("/noise/3")) == 3 << 20
        # The session of the beginning, not one that came back.
        assert relay.listener.stats.logins == 1
        assert client.returncode is None
        visitor.stream.close()
    await until(lambda: relay.listener.stats.clients == 0)
