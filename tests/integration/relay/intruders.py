"""Strangers who mean harm, each a coroutine that does its worst to one of the relay's ports."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple, cast

from appliance.relay.client.app import App
from appliance.relay.client.connection import Connection
from appliance.relay.client.offer import Offer
from appliance.relay.names import hashed
from appliance.relay.wire.framing import HEADER, encode
from appliance.relay.wire.messages import Login, NewProxy
from appliance.relay.wire.snappy import SnappyEncoder
from appliance.relay.wire.yamux import frame

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Visit = Callable[[str], Awaitable[bytes]]
GIGABYTE = (13 << 8).to_bytes(4, "little") + bytes(4) + b"\x80\x80\x80\x80\x04" + bytes(4)
"""A snappy chunk whose block claims to unpack to that."""
OPEN = frame.window_update(1, 0, frame.SYN)


class Aim(NamedTuple):
    clients: int
    """Port."""
    visitors: int
    """Port."""
    visit: Visit


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until_thrown_out(reader: asyncio.StreamReader) -> None:
    """The relay ends the connection, one way or the other."""
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass


async def garbage(aim: Aim) -> None:
    dice = random.Random(1)  # noqa: S311 - the same garbage each time
    for first in (b"\x00", b"\x16", b"\x17", b"o", b"w", b"G", b"F", b"\xff"):
        for _ in range(20):
            async with connected(aim.clients) as (_, writer):
                writer.write(first + dice.randbytes(5000))


async def half_open(aim: Aim) -> None:
    """Connections that say nothing, or begin and go no further."""
    async with AsyncExitStack() as stack:
        for number in range(1500):
            _, writer = await stack.enter_async_context(connected(aim.clients))
            writer.write((b"", b"\x00", b"\x17", b"\x16\x03", OPEN)[number % 5])


async def slow(aim: Aim) -> None:
    """A login that arrives byte by byte and has no end."""
    login = encode(Login(version="0.44.0", hostname="x" * 5000))
    message = OPEN + frame.data(1, len(login)) + login
    async with AsyncExitStack() as stack:
        ends = [await stack.enter_async_context(connected(aim.clients)) for _ in range(100)]
        for position in range(100):
            for _, writer in ends:
                writer.write(message[position : position + 1])
            await asyncio.sleep(0.01)


async def opens(aim: Aim) -> None:
    """Ten thousand streams in one burst."""
    burst = b"".join(frame.window_update(number, 0, frame.SYN) for number in range(1, 20_001, 2))
    async with connected(aim.clients) as (reader, writer):
        writer.write(burst)
        await until_thrown_out(reader)


async def slow_visitors(aim: Aim) -> None:
    """Heads and bodies that arrive byte by byte and have no end."""
    begun = b"POST /x HTTP/1.1\r\nHost: %s.share.localhost\r\nContent-Length: 9999\r\n\r\n"
    heads = (b"GET /x HTTP/1.1\r\nX-Slow: ", begun % hashed("guest").encode())
    async with AsyncExitStack() as stack:
        ends = [await stack.enter_async_context(connected(aim.visitors)) for _ in range(300)]
        for number, (_, writer) in enumerate(ends):
            writer.write(heads[number % 2])
        for _ in range(100):
            for _, writer in ends:
                writer.write(b"x")
            await asyncio.sleep(0.01)


@asynccontextmanager
async def never_reading(port: int, label: str) -> AsyncIterator[int]:
    """Visitors who ask for a gigabyte each and take only its beginning; how many."""
    asking = b"GET /noise/1024 HTTP/1.1\r\nHost: %s.share.localhost\r\n\r\n" % label.encode()
    async with AsyncExitStack() as stack:
        ends = [await stack.enter_async_context(connected(port)) for _ in range(100)]
        for reader, writer in ends:
            writer.write(asking)
            assert await reader.read(1) == b"H"
            cast(asyncio.ReadTransport, writer.transport).pause_reading()
        yield len(ends)


async def endless_heads(aim: Aim) -> None:
    """Visitors whose requests never get to the point."""
    for number in range(100):
        async with connected(aim.visitors) as (reader, writer):
            writer.write(b"GET /x HTTP/1.1\r\n" + b"X-More: %d\r\n" % number * 50_000)
            await until_thrown_out(reader)


async def too_much(aim: Aim) -> None:
    """More than the window allows, before the login and after it."""
    async with connected(aim.clients) as (reader, writer):
        writer.write(OPEN + frame.data(1, 64 << 20))
        writer.write(bytes(1 << 20))
        await until_thrown_out(reader)
    async with online(aim.clients, Flooder) as client:
        visiting = asyncio.create_task(aim.visit(hashed("intruder")))
        await client.ended
        await visiting


async def too_much_room(aim: Aim) -> None:
    """Windows that add up to more than there can be, and many small ones."""
    async with connected(aim.clients) as (reader, writer):
        writer.write(OPEN + frame.window_update(1, 1) * 50_000)
        writer.write(frame.window_update(1, 0xFFFF_FFFF) * 2)
        await until_thrown_out(reader)


async def endless_message(aim: Aim) -> None:
    """A message that claims to be huge, and many that are as long as they may be."""
    for length in (10_241, 1 << 40, -1):
        await say(aim.clients, HEADER.pack(Login.type_byte, length) + bytes(50_000))
    deep = b"[" * 10_000
    await say(aim.clients, HEADER.pack(Login.type_byte, len(deep)) + deep)


async def say(port: int, message: bytes) -> None:
    """As the first message of a client; the relay closes the stream or the connection."""
    async with connected(port) as (reader, writer):
        writer.write(OPEN + frame.data(1, len(message)) + message)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while frame.HEADER.unpack(await reader.readexactly(12))[2] & frame.FIN == 0:
                pass


async def proxies(aim: Aim) -> None:
    """One client that wants to publish without end."""
    async with online(aim.clients, Greedy) as client:
        client.ask(3000)
        await client.ended


async def pings(aim: Aim) -> None:
    async with connected(aim.clients) as (reader, writer):
        writer.write(frame.ping(0) * 20_000)
        await until_thrown_out(reader)


async def bombs(aim: Aim) -> None:
    """Answers that unpack to far more than was sent, and then claim to without measure."""
    async with online(aim.clients, Bomber):
        for _ in range(20):
            await aim.visit(hashed("intruder"))


class Greedy(Connection):
    def ask(self, times: int) -> None:
        for number in range(times):
            proxy = NewProxy(proxy_name=f"x{number}", proxy_type="http", subdomain="random")
            channel = self._dialogue._channel
            assert channel is not None
            self._session.send(self._control, channel.encode(proxy))
        self._flush_soon()


class Flooder(Connection):
    def _start(self, stream: int, _data: memoryview) -> None:
        self._transport.write(frame.data(stream, 256 << 10) + bytes(256 << 10))
        self._transport.write(frame.data(stream, 64 << 20) + bytes(1 << 20))


class Bomber(Connection):
    def _start(self, stream: int, data: memoryview) -> None:
        del self._waiting[stream]
        self._session.consumed(stream, len(data))
        encoder = SnappyEncoder()
        answer = encoder.encode(b"HTTP/1.1 200 OK\r\n\r\n") + encoder.encode(bytes(16 << 20))
        self._session.send(stream, answer + GIGABYTE)
        self._flush_soon()


@asynccontextmanager
async def online(port: int, kind: type[Connection]) -> AsyncIterator[Connection]:
    client = kind(Offer("intruder"), "", App("127.0.0.1", 9, print))
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: client, "127.0.0.1", port)
    try:
        await client.online
        yield client
    finally:
        client.close()
