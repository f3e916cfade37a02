"""Whoever else finds the clients' port, and clients that do what they must not."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest

from appliance.relay import names
from appliance.relay.auth import privilege_key
from appliance.relay.tunnel.settings import Settings
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.framing import encode
from appliance.relay.wire.messages import (
    CloseProxy,
    Login,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Ping,
    Pong,
    StartWorkConn,
)
from appliance.relay.wire.snappy import SnappyEncoder
from appliance.relay.wire.yamux import frame
from tests.integration.relay.raw import RawClient
from tests.integration.relay.served import TOKEN, Served, served, until
from tests.integration.relay.visitor import Visitor

pytestmark = pytest.mark.timeout(300)

STEP = 0.3
SETTINGS = Settings(parked=8)


@pytest.fixture
async def relay() -> AsyncIterator[Served]:
    async with served(settings=SETTINGS) as relay:
        yield relay


def hurry(relay: Served) -> None:
    """From now on whoever comes has little time; a client of a busy machine may need more."""
    relay.listener.configure(replace(SETTINGS, step=STEP))


async def closed_after(relay: Served, *pieces: bytes) -> bytes:
    """What the relay says until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    for piece in pieces:
        writer.write(piece)
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


GARBAGE = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "frp 2": b"FRP\x00\x02\r\n" + bytes(64),
    "noise": bytes(range(1, 256)) * 40,
    "announced, then no TLS": b"\x17\x17\x17",
    "no handshake": b"\x16\x03\x01\xff\xff" + b"z" * 4096,
    "yamux of another version": b"\x00" + b"\xff" * 64,
    "huge message": b"o" + (1 << 40).to_bytes(8, "big"),
    "negative message": b"o" + (-1).to_bytes(8, "big", signed=True),
    "no JSON": b"o" + (9000).to_bytes(8, "big") + b"[" * 9000,
    "deep JSON": b"o" + (9000).to_bytes(8, "big") + b'{"metas":' * 1000,
    "a stranger's lane": encode(NewWorkConn(run_id="0" * 32)),
    "nothing": b"",
    "a part of a message": b"o" + (100).to_bytes(8, "big") + b"{",
    "a silent session": b"\x00",
    "a silent stream": frame.window_update(1, 0, frame.SYN),
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_and_silence_end_soon_and_disturb_nobody(relay: Served, kind: str) -> None:
    async with relay.share():
        visitor = await relay.visitor()
        hurry(relay)
        await asyncio.gather(*(closed_after(relay, GARBAGE[kind]) for _ in range(10)))
        assert await visitor.get("/") == b"you asked for /"
        stats = relay.listener.stats
        await until(lambda: stats.newcomers == 0)
        assert stats.clients == 1


async def test_one_byte_at_a_time_is_too_slow(relay: Served) -> None:
    hurry(relay)
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    login = frame.window_update(1, 0, frame.SYN) + frame.data(1, 9000)

    async def drip() -> None:
        for byte in login * 100:
            writer.write(bytes([byte]))
            await asyncio.sleep(STEP / 10)

    dripping = asyncio.create_task(drip())
    with suppress(ConnectionError):
        await reader.read()
    dripping.cancel()
    writer.transport.abort()
    await until(lambda: relay.listener.stats.newcomers == 0)


async def test_a_crowd_from_one_address_is_limited_and_clients_stay() -> None:
    settings = Settings(newcomers_per_address=30)
    async with served(settings=settings) as relay, relay.share(), AsyncExitStack() as crowd:
        people = [await asyncio.open_connection("127.0.0.1", relay.port) for _ in range(100)]
        for _, writer in people:
            crowd.callback(writer.transport.abort)
        await until(lambda: relay.listener.stats.dropped["crowded out"] == 70)
        assert relay.listener.stats.newcomers <= 30
        assert await (await relay.visitor()).get("/") == b"you asked for /"


async def test_a_crowd_of_clients_that_publish_nothing_is_limited() -> None:
    settings = Settings(idlers_per_address=3)
    async with (
        served(settings=settings) as relay,
        relay.share(),
        RawClient.logged_in(relay.port) as known,
        AsyncExitStack() as crowd,
    ):
        await known.publish("other")
        dropped = relay.listener.stats.dropped
        for _ in range(10):
            await crowd.enter_async_context(RawClient.logged_in(relay.port))
        await until(lambda: dropped["crowded out"] == 7)
        # Who publishes no more is one of them, as if it came now.
        known.tell(CloseProxy(proxy_name="other"))
        await known.closed.wait()
        await until(lambda: relay.listener.stats.clients == 1 + 3)
        assert await (await relay.visitor()).get("/") == b"you asked for /"


async def test_clients_that_come_later_make_the_oldest_leave_that_publishes_nothing() -> None:
    settings = Settings(idlers=1)
    async with (
        served(settings=settings) as relay,
        RawClient.logged_in(relay.port) as oldest,
        RawClient.logged_in(relay.port) as newer,
    ):
        await oldest.closed.wait()
        await newer.publish("other")
        async with RawClient.logged_in(relay.port) as newest:
            await newest.publish("one more")
            assert relay.listener.stats.clients == 2


async def test_names_that_many_clients_make_up_come_no_faster_than_one_address_may() -> None:
    settings = Settings(registrations=10, registrations_per_second=0.001)
    async with (
        served(settings=settings) as relay,
        relay.share(),
        AsyncExitStack() as crowd,
    ):
        clients = [
            await crowd.enter_async_context(RawClient.logged_in(relay.port)) for _ in range(4)
        ]
        for number in range(3):
            for at, client in enumerate(clients):
                name = f"{number}-{at}"
                proxy = NewProxy(proxy_name=name, proxy_type="http", subdomain="random")
                client.tell(proxy, CloseProxy(proxy_name=name))
        stats = relay.listener.stats
        await until(lambda: stats.opened == 10)
        await clients[-1].closed.wait()
        # Who has a share goes on.
        assert await (await relay.visitor()).get("/") == b"you asked for /"
        assert stats.opened == 10


async def test_more_bytes_than_the_window_end_the_session(relay: Served) -> None:
    async with relay.share(), RawClient.logged_in(relay.port) as client:
        await client.publish("other")
        lane = client.give_lane()
        size = frame.INITIAL_WINDOW
        client.writer.write(frame.data(lane, size) + bytes(size) + frame.data(lane, size))
        await client.closed.wait()
        assert await (await relay.visitor()).get("/") == b"you asked for /"
        await until(lambda: relay.listener.stats.clients == 1)


async def test_streams_nobody_asked_for_are_bounded(relay: Served) -> None:
    async with relay.share(), RawClient.logged_in(relay.port) as client:
        await client.publish("other")
        lanes = [client.give_lane() for _ in range(200)]
        await client.until(lambda: len(client.ended) == len(lanes) - 8)
        assert await (await relay.visitor()).get("/") == b"you asked for /"


async def test_a_bomb_does_not_explode(relay: Served) -> None:
    """A few KiB that become as many MiB, chunk by chunk, only while somebody takes them."""
    async with RawClient.logged_in(relay.port) as client:
        proxy = NewProxy(
            proxy_name=TOKEN, proxy_type="http", subdomain="random", use_compression=True
        )
        client.tell(proxy)
        await client.until(lambda: bool(client.messages))
        lane = client.give_lane()
        visitor = await relay.visitor()
        visitor.stream.pause()
        client.session.send(lane, bomb())
        client.flush()
        await until(lambda: relay.listener.stats.received > len(bomb()))
        assert visitor.total == 0
        visitor.stream.resume()
        await until(lambda: visitor.total == BOMB_CHUNKS * 65536)


BOMB_CHUNKS = 60


def bomb() -> bytes:
    encoder = SnappyEncoder()
    return b"".join(encoder.encode(bytes(65536)) for _ in range(BOMB_CHUNKS))


async def test_broken_compression_ends_only_the_stream(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        client.tell(
            NewProxy(proxy_name=TOKEN, proxy_type="http", subdomain="random", use_compression=True)
        )
        await client.until(lambda: bool(client.messages))
        lane = client.give_lane()
        visitor = await relay.visitor()
        client.session.send(lane, b"no stream identifier")
        client.flush()
        await visitor.ended.wait()
        await client.until(lambda: lane in client.ended)
        assert relay.listener.stats.clients == 1


async def test_bytes_before_a_visitor_end_the_stream(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        lane = client.give_lane()
        client.session.send(lane, b"HTTP/1.1 200 OK\r\n\r\n")
        client.flush()
        await client.until(lambda: lane in client.ended)


async def test_nobody_gives_lanes_to_another_client(relay: Served) -> None:
    """Not even with its run id: a multiplexing client's lanes come on its own session."""
    async with (
        RawClient.logged_in(relay.port) as one,
        RawClient.logged_in(relay.port) as other,
    ):
        assert one.login is not None
        stolen = other.say(NewWorkConn(run_id=one.login.run_id))
        await other.until(lambda: stolen in other.ended)
        assert await closed_after(relay, encode(NewWorkConn(run_id=one.login.run_id))) == b""


async def test_a_run_id_alone_replaces_nobody(relay: Served) -> None:
    """Who knows it but registers another name leaves the first client as it is."""
    async with RawClient.logged_in(relay.port) as one:
        await one.publish("one")
        assert one.login is not None
        async with RawClient.logged_in(relay.port, run_id=one.login.run_id) as other:
            await other.publish("other")
            assert relay.listener.stats.clients == 2
            assert relay.upstream("one") is not relay.upstream("other")
            assert other.login is not None
            assert other.login.run_id != one.login.run_id


async def test_a_registration_is_answered_again(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        first = await client.publish(TOKEN)
        client.messages.clear()
        assert await client.publish(TOKEN) == first
        assert relay.listener.stats.opened == 1


@pytest.mark.parametrize("name", [TOKEN, names.hashed(TOKEN)])
async def test_a_proxy_may_be_closed_by_either_name(relay: Served, name: str) -> None:
    async with RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        client.tell(CloseProxy(proxy_name=name))
        await until(lambda: relay.listener.stats.tunnels == 0)
        assert relay.registry.shares[names.hashed(TOKEN)].upstream is None


async def test_pings_are_answered_until_they_are_too_many(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        client.tell(Ping())
        await client.until(lambda: Pong() in client.messages)
        for _ in range(50):
            client.tell(*[Ping()] * 100)
        await client.closed.wait()


async def test_a_second_login_or_noise_on_the_control_stream(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        second = client.say(Login())
        await client.until(lambda: second in client.ended)
        client.session.send(1, os.urandom(64))
        client.flush()
        await client.closed.wait()


async def test_too_many_proxies(relay: Served) -> None:
    async with RawClient.logged_in(relay.port) as client:
        for number in range(33):
            client.tell(NewProxy(proxy_name=str(number), proxy_type="http", subdomain=f"s{number}"))
        answers = client.messages
        await client.until(lambda: sum(isinstance(m, NewProxyResp) for m in answers) == 33)
        assert [m.error for m in answers if isinstance(m, NewProxyResp) and m.error]


async def test_clients_that_publish_nothing_do_not_stay() -> None:
    settings = Settings(idle=0.2)
    async with served(settings=settings) as relay, RawClient.logged_in(relay.port) as client:
        await client.closed.wait()


START = encode(StartWorkConn(proxy_name=names.hashed(TOKEN)))


async def filled(relay: Served, client: RawClient) -> tuple[list[Visitor], int]:
    """Visitors who send to a client that has stopped reading; and what they sent in all."""
    await client.publish(TOKEN)
    lanes = [client.give_lane() for _ in range(64)]
    visitors = [await relay.visitor() for _ in lanes]
    client.pause()
    written = 0
    while not all(visitor.stream.queued for visitor in visitors):
        for visitor in visitors:
            if not visitor.stream.queued:
                visitor.stream.write(bytes(16384))
                written += 16384
        await asyncio.sleep(0)
    return visitors, written


async def test_a_client_that_does_not_read_costs_little_memory() -> None:
    """And gets all of it when it reads again."""
    settings = Settings(write_buffer=65536)
    async with served(settings=settings) as relay, RawClient.logged_in(relay.port) as client:
        visitors, written = await filled(relay, client)
        (connection,) = relay.listener._reception.connections
        # One write of each is under way when the connection fills, no more.
        assert connection.waiting < 65536 + len(visitors) * 16384 + 65536
        client.resume()
        for visitor in visitors:
            while visitor.stream.queued:
                await visitor.more_room()
        await client.until(lambda: client.received == written + len(visitors) * len(START))
        assert relay.listener.stats.clients == 1


async def test_a_client_that_asks_without_reading_is_dropped() -> None:
    settings = Settings(write_buffer=65536, write_limit=1000)
    async with served(settings=settings) as relay, RawClient.logged_in(relay.port) as client:
        await filled(relay, client)
        while relay.listener.stats.clients:
            client.writer.write(frame.window_update(client.next_stream(), 0, frame.SYN))
            await asyncio.sleep(0.001)
        assert relay.listener.stats.dropped["unread"] == 1


async def test_a_client_without_multiplexing_that_falls_silent_is_dropped() -> None:
    async with served(settings=Settings(idle=0.3)) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(encode(Login(privilege_key=privilege_key("", 1), timestamp=1)))
        channel = ControlChannel(derive_key(""))
        proxy = NewProxy(proxy_name="web", proxy_type="http", subdomain="web")
        writer.write(channel.encode(proxy))
        await until(lambda: relay.listener.stats.tunnels == 1)
        await reader.read()
        assert relay.listener.stats.closed["silent"] == 1
        writer.transport.abort()


async def test_more_than_a_connection_holds_is_no_reason_to_drop_a_client() -> None:
    settings = Settings(write_buffer=65536, write_limit=65536)
    async with served(settings=settings) as relay, RawClient.logged_in(relay.port) as client:
        await client.publish(TOKEN)
        visitors = []
        for _ in range(64):
            client.give_lane()
            visitors.append(await relay.visitor())
        for visitor in visitors:
            visitor.stream.write(bytes(200_000))
        await client.until(lambda: client.received == 64 * (200_000 + len(START)))
        assert not any(visitor.stream.queued for visitor in visitors)
