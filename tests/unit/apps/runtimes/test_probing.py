"""What app servers answer to the app host, which their apps may have had a hand in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from appliance.apps.runtimes import probing

ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"1" * 100_000
QUESTION = b"{}"
FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"active": 1, "streams":2}'


@asynccontextmanager
async def answering(say: Callable[[asyncio.StreamWriter], object]) -> AsyncIterator[str]:
    """A server that says something to whoever comes."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(QUESTION) if head.startswith(b"POST") else 0)
            await say(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(served, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fine(writer: asyncio.StreamWriter) -> None:
    writer.write(FINE)
    await writer.drain()


async def endless(writer: asyncio.StreamWriter) -> None:
    """So much, and then no end."""
    writer.write(ENDLESS)
    for _ in range(300):
        writer.write(b"1" * 100_000)
        await writer.drain()
    await asyncio.Event().wait()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(ENDLESS)
    while True:
        writer.write(b"1")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_what_is_asked_is_answered() -> None:
    async with answering(fine) as address:
        assert await probing.probe(address, "/readyz") == 200
        assert await probing.active(address) == 3
        assert await probing.visits(address, "key", QUESTION) == FINE[-26:]


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async with answering(endless) as address:
        assert await probing.probe(address, "/readyz") == 200
        assert await probing.active(address) is None
        assert await probing.visits(address, "key", QUESTION) is None


async def test_an_answer_that_comes_drop_by_drop_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probing, "_IN_ALL", 0.5)
    async with answering(dripping) as address:
        async with asyncio.timeout(30):
            assert await probing.visits(address, "key", QUESTION) is None
