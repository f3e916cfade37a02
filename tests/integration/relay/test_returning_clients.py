"""Gradio's client comes back and is not taken: it ends, or waits without filling its output."""

from collections.abc import AsyncIterator

import pytest

from appliance.relay.tunnel.client import LASTING
from appliance.relay.tunnel.settings import Settings
from tests.integration.relay.served import URL, Served, served, until
from tests.running.frpc import printed

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def relay() -> AsyncIterator[Served]:
    async with served() as relay:
        yield relay


async def restart(relay: Served) -> None:
    await relay.listener.close()
    await relay.listener.open("127.0.0.1", relay.port)


@pytest.mark.parametrize("reason", ["expired", "key"])
async def test_what_stays_as_it_is_ends_the_client(relay: Served, reason: str) -> None:
    assert reason in LASTING
    async with relay.share() as client:
        relay.registry.refuses_proxy, relay.registry.reason = "its time is up", reason
        await restart(relay)
        assert await printed(client, "login to server failed: ") == "its time is up"
        assert await client.wait() == 0


async def test_who_may_no_more_come_without_tls_ends(relay: Served) -> None:
    async with relay.share() as client:
        relay.listener.configure(Settings(plain=False))
        await restart(relay)
        assert await client.wait() == 0
    assert relay.listener.stats.refused["plain"] == 1


async def test_who_finds_no_place_waits_without_a_word(relay: Served) -> None:
    async with relay.share() as client:
        relay.registry.refuses_proxy, relay.registry.reason = "no free place", "limit"
        await restart(relay)
        await until(lambda: relay.listener.stats.refused["limit"] == 1)
        relay.registry.refuses_proxy = ""
        # It asks again by itself, after some twenty seconds.
        assert client.stdout is not None
        lines = [await client.stdout.readline()]
        while b"start proxy success" not in lines[-1]:
            lines.append(await client.stdout.readline())
        assert URL.encode() in lines[-1]
        assert not [line for line in lines if b"start error" in line or b"no free place" in line]
        assert await (await relay.visitor()).get("/back") == b"you asked for /back"
        assert client.returncode is None
