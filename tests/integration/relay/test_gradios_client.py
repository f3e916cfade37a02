"""The relay and the client every `launch(share=True)` starts."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
import uvloop

from appliance.relay import names
from appliance.relay.wire.yamux.frame import INITIAL_WINDOW
from tests.integration.relay.app import NOISE
from tests.integration.relay.cable import cable
from tests.integration.relay.served import TOKEN, URL, Served, served, until
from tests.running.frpc import gradios_frpc, printed, printed_url

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def relay() -> AsyncIterator[Served]:
    async with served() as relay:
        yield relay


async def test_the_relay_says_what_the_url_is(relay: Served) -> None:
    async with gradios_frpc(relay.port, relay.app_port, TOKEN) as client:
        assert await printed_url(client) == URL
    attempt = relay.registry.attempts[0]
    assert (attempt.address, attempt.tls, attempt.server_name) == ("127.0.0.1", False, None)
    assert attempt.login.version == names.GRADIO_VERSION


async def test_requests_follow_each_other_on_one_stream(relay: Served) -> None:
    async with relay.share():
        visitor = await relay.visitor()
        assert visitor.stream.fresh
        assert await visitor.get("/first") == b"you asked for /first"
        assert await visitor.get("/second") == b"you asked for /second"
        assert not visitor.stream.fresh
        assert len(relay.app.heads) == 2
        assert relay.listener.stats.streams_given == 1


async def test_the_first_visitor_may_come_at_once(relay: Served) -> None:
    for number in range(10):
        async with relay.share(str(number)):
            visitor = await relay.visitor(str(number))
            assert await visitor.get("/now") == b"you asked for /now"


async def test_many_visitors_at_once(relay: Served) -> None:
    async def visit(number: int) -> bytes:
        return await (await relay.visitor()).get(f"/{number}")

    async with relay.share():
        bodies = await asyncio.gather(*map(visit, range(300)))
        assert bodies == [b"you asked for /%d" % number for number in range(300)]


async def test_a_few_streams_wait_for_visitors_and_none_is_thrown_away(relay: Served) -> None:
    async with relay.share():
        for _ in range(20):
            visitor = await relay.visitor()
            await visitor.get("/")
            visitor.stream.close()
        stats = relay.listener.stats
        assert 1 <= stats.streams_asked - stats.streams_given <= 4


async def transfer(relay: Served) -> None:
    async with relay.share():
        visitor = await relay.visitor()
        body = await visitor.get("/noise/64")
        assert hashlib.sha256(body).digest() == hashlib.sha256(NOISE * 64).digest()
        size = 64 << 20
        assert size > INITIAL_WINDOW
        answer = await visitor.post("/digest", size, *[NOISE] * 64)
        assert answer == hashlib.sha256(NOISE * 64).hexdigest().encode()


async def test_downloads_and_uploads_arrive_unchanged(relay: Served) -> None:
    await transfer(relay)


def test_it_is_the_same_on_uvloop() -> None:
    async def main() -> None:
        async with served() as relay:
            await transfer(relay)

    uvloop.run(main())


async def test_a_visitor_who_does_not_read_holds_up_nobody(relay: Served) -> None:
    async with relay.share():
        stalled, busy = await relay.visitor(), await relay.visitor()
        stalled.ask("/noise/64")
        stalled.stream.pause()
        for _ in range(4):
            assert len(await busy.get("/noise/4")) == 4 << 20
        held = stalled.total
        assert held < 64 << 20
        stalled.stream.resume()
        body = await stalled.response()
        assert hashlib.sha256(body).digest() == hashlib.sha256(NOISE * 64).digest()


async def test_a_visitor_who_leaves_is_missed_by_the_app(relay: Served) -> None:
    async with relay.share():
        visitor = await relay.visitor()
        visitor.ask("/endless")
        await visitor.arrived.wait()
        visitor.stream.close()
        await relay.app.left.wait()
        assert visitor.stream.ended
        assert not visitor.ended.is_set()
        assert await (await relay.visitor()).get("/after") == b"you asked for /after"


async def test_the_client_goes_and_its_visitors_are_told(relay: Served) -> None:
    async with relay.share() as client:
        visitor = await relay.visitor()
        visitor.ask("/endless")
        await visitor.arrived.wait()
        client.kill()
        await visitor.ended.wait()
    await until(lambda: relay.listener.stats.clients == 0)
    assert [name for name, _ in relay.registry.closures] == [names.hashed(TOKEN)]
    assert relay.listener.stats.closed["disconnected"] == 1


async def test_a_share_that_is_ended_ends_its_client(relay: Served) -> None:
    async with relay.share() as client:
        relay.upstream().end("expired")
        assert await client.wait() == 0
    assert relay.listener.stats.closed["expired"] == 1


async def test_a_refused_login_prints_why(relay: Served) -> None:
    relay.registry.refuses_login = "this relay needs a key: ask\nada"
    async with gradios_frpc(relay.port, relay.app_port, TOKEN) as client:
        said = await printed(client, "login to server failed: ")
        assert said == "this relay needs a key: ask ada"
        assert await client.wait() == 1
    assert relay.listener.stats.refused["test"] == 1


async def test_a_refused_share_prints_why_and_ends_the_client(relay: Served) -> None:
    relay.registry.refuses_proxy = "no free slot"
    async with gradios_frpc(relay.port, relay.app_port, TOKEN) as client:
        assert await printed(client, "login to server failed: ") == "no free slot"
        assert await client.wait() == 0


async def test_after_a_restart_of_the_relay_the_url_is_the_same() -> None:
    async with served() as first, gradios_frpc(first.port, first.app_port, TOKEN) as client:
        assert await printed_url(client) == URL
        await first.listener.close()
        await first.listener.open("127.0.0.1", first.port)
        assert await printed_url(client) == URL
        assert await (await first.visitor()).get("/back") == b"you asked for /back"


async def test_a_client_that_returns_replaces_its_half_dead_session(relay: Served) -> None:
    """Its old connection still looks alive: it was cut where the relay cannot see it."""
    async with cable(relay.port) as wire, gradios_frpc(wire.port, relay.app_port, TOKEN) as client:
        assert await printed_url(client) == URL
        old = relay.upstream()
        visitor = await relay.visitor()
        wire.cut()
        assert await printed_url(client) == URL
        assert relay.upstream() is not old
        await visitor.ended.wait()
        assert await (await relay.visitor()).get("/back") == b"you asked for /back"
        assert relay.listener.stats.clients == 1
        assert relay.listener.stats.closed["replaced"] == 1
        # It was not told to go for good, since it is the same client.
        assert client.returncode is None


async def test_the_newest_of_two_launches_with_one_token_wins(relay: Served) -> None:
    async with relay.share() as first, relay.share():
        assert await first.wait() == 0
        assert await (await relay.visitor()).get("/new") == b"you asked for /new"
