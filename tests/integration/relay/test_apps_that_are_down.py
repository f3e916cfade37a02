"""What visitors and clients get while an app takes no connections."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from appliance.relay.tunnel import tunnel
from appliance.relay.tunnel.settings import Settings
from appliance.relay.upstream import AppAway, Away
from tests.integration.relay.raw import RawClient
from tests.integration.relay.served import TOKEN, Served, served, until
from tests.integration.relay.visitor import Visitor
from tests.running.frpc import gradios_frpc, printed_url

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def relay(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    # A stream that dies within the first second proves nothing; tests need not wait for that.
    monkeypatch.setattr(tunnel, "SETTLED", 0.0)
    async with served(settings=Settings(wait=60.0)) as relay:
        yield relay


async def test_visitors_are_turned_away_without_asking_the_client_again_and_again(
    relay: Served,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with gradios_frpc(relay.port, closed.getsockname()[1], TOKEN) as client:
            await printed_url(client)
            for _ in range(2):
                visitor = await relay.visitor()
                visitor.ask("/")
                await visitor.ended.wait()
                assert visitor.stream.fresh
            for _ in range(100):
                assert relay.upstream().take() is None
                with pytest.raises(AppAway) as refused:
                    await relay.upstream().stream()
                assert refused.value.why is Away.REFUSED
            assert relay.listener.stats.streams_given <= 4


async def test_an_app_that_comes_back_is_found(relay: Served) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        async with gradios_frpc(relay.port, port, TOKEN) as client:
            await printed_url(client)
            for _ in range(2):
                await (await relay.visitor()).ended.wait()
            reserved.close()
            async with relay.app.listening(port):
                while True:
                    try:
                        visitor = await relay.visitor()
                    except AppAway:
                        await asyncio.sleep(0.05)
                        continue
                    assert await visitor.get("/back") == b"you asked for /back"
                    break
                others = await asyncio.gather(*(relay.visitor() for _ in range(20)))
                assert await others[-1].get("/all") == b"you asked for /all"


async def test_a_client_that_gives_no_stream(relay: Served) -> None:
    relay.listener.configure(Settings(wait=0.2))
    async with RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        with pytest.raises(AppAway) as late:
            await relay.upstream().stream()
        assert late.value.why is Away.SLOW
        assert relay.listener.stats.streams_late == 1


async def test_visitors_who_wait_are_told_when_the_client_goes(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        upstream = relay.upstream()
        waiting = asyncio.ensure_future(upstream.stream())
        await client.asked.wait()
    with pytest.raises(AppAway) as gone:
        await waiting
    assert gone.value.why is Away.DISCONNECTED
    with pytest.raises(AppAway):
        await upstream.stream()


async def test_a_visitor_who_leaves_while_waiting_costs_nothing(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        waiting = asyncio.ensure_future(relay.upstream().stream())
        await client.asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        client.give_lane()
        given = relay.upstream().take
        stream = None
        while stream is None:
            await asyncio.sleep(0.01)
            stream = given()
        assert Visitor(stream).stream.fresh
        await until(lambda: relay.listener.stats.streams_given == 1)
