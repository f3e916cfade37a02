"""The relay and frp's own client, in the ways people configure it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.relay.tunnel.certificates import Certificates
from appliance.relay.upstream import Upstream
from tests.integration.relay.app import NOISE
from tests.integration.relay.served import Served, served, until
from tests.integration.relay.visitor import Visitor
from tests.running.frpc import printed, upstreams_frpc
from tests.running.relay_authority import Authority

TLS_OFF = "transport.tls.enable = false"
WAYS = {
    "its defaults": {},
    "plain": {"transport": TLS_OFF},
    "not multiplexed": {"transport": "transport.tcpMux = false"},
    "plain, not multiplexed": {"transport": f"{TLS_OFF}\ntransport.tcpMux = false"},
    "every layer": {
        "layers": "transport.useEncryption = true\ntransport.useCompression = true",
    },
    "a pool": {"transport": "transport.poolCount = 5"},
}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Served]:
    certificates = Certificates()
    certificates.load([Authority(tmp_path).issue("relay.test")])
    async with served("secret", certificates=certificates) as relay:
        yield relay


def upstream(relay: Served, name: str = "web") -> Upstream:
    upstream = relay.registry.shares[name].upstream
    assert upstream is not None
    return upstream


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_connect(relay: Served, tmp_path: Path, way: str) -> None:
    async with upstreams_frpc(tmp_path, relay.port, relay.app_port, **WAYS[way]) as client:
        await printed(client, "start proxy success")
        assert relay.registry.attempts[0].tls is (TLS_OFF not in WAYS[way].get("transport", ""))
        visitors = [await Visitor.of(upstream(relay)) for _ in range(6)]
        bodies = await asyncio.gather(*(visitor.get("/up") for visitor in visitors))
        assert bodies == [b"you asked for /up"] * 6
        assert len(await visitors[0].get("/noise/16")) == 16 << 20
        answer = await visitors[1].post("/digest", 16 << 20, *[NOISE] * 16)
        assert len(answer) == 64
        visitors[2].ask("/endless")
        await visitors[2].arrived.wait()
        visitors[2].stream.close()
        await relay.app.left.wait()
    await until(lambda: relay.listener.stats.clients == 0)


async def test_a_stalled_visitor_without_multiplexing(relay: Served, tmp_path: Path) -> None:
    way = WAYS["not multiplexed"]
    async with upstreams_frpc(tmp_path, relay.port, relay.app_port, **way) as client:
        await printed(client, "start proxy success")
        stalled, busy = await Visitor.of(upstream(relay)), await Visitor.of(upstream(relay))
        stalled.stream.pause()
        stalled.ask("/noise/32")
        assert len(await busy.get("/noise/16")) == 16 << 20
        assert stalled.total == 0
        stalled.stream.resume()
        assert len(await stalled.response()) == 32 << 20


async def test_a_wrong_token(relay: Served, tmp_path: Path) -> None:
    token = 'auth.token = "guessed"\nloginFailExit = true'
    async with upstreams_frpc(tmp_path, relay.port, relay.app_port, token=token) as client:
        assert "wrong token" in await printed(client, "login to the server failed")
        assert await client.wait() == 1
    assert relay.listener.stats.refused["token"] == 1
    assert relay.listener.stats.logins == 0


async def test_a_proxy_that_is_no_web_app(relay: Served, tmp_path: Path) -> None:
    kind = 'type = "tcp"\nremotePort = 6000'
    async with upstreams_frpc(tmp_path, relay.port, relay.app_port, type=kind) as client:
        assert "'tcp' is not served" in await printed(client, "start error")
    assert relay.listener.stats.refused["type"] == 1
    assert relay.registry.shares == {}


async def test_several_proxies_of_one_client(relay: Served, tmp_path: Path) -> None:
    more = f'[[proxies]]\nname = "b"\ntype = "http"\nsubdomain = "b"\nlocalPort = {relay.app_port}'
    async with upstreams_frpc(tmp_path, relay.port, relay.app_port, layers=more) as client:
        await printed(client, "[b] start proxy success")
        await until(lambda: len(relay.registry.shares) == 2)
        for name in ("web", "b"):
            visitor = await Visitor.of(upstream(relay, name))
            assert await visitor.get(f"/{name}") == f"you asked for /{name}".encode()
        # Such a client cannot be sent away: only this share goes, the other one stays.
        upstream(relay, "b").end("kicked")
        assert relay.registry.shares["b"].upstream is None
        assert await (await Visitor.of(upstream(relay))).get("/") == b"you asked for /"
        assert client.returncode is None
