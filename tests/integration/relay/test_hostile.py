"""The relay under clients that mean harm: nobody else notices, and memory stays bounded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import cycle

import psutil
import pytest

from appliance.relay.client.app import App as SharedApp
from appliance.relay.client.connection import Connection
from appliance.relay.client.offer import Offer
from appliance.relay.names import hashed
from tests.integration.relay import intruders
from tests.integration.relay.app import App
from tests.integration.relay.frpc import gradios_frpc, printed_url
from tests.running.relay import WANTED, RelayProcess
from tests.running.until import until

GROWTH = 64 << 20
"""Bytes that an attack may cost; the same attack again costs nothing more."""
GUEST = "guest"
"""The share of Gradio's own client; the others, of ours, have a number behind it."""
OTHERS = [f"{GUEST}{number}" for number in range(99)]

Attack = Callable[[intruders.Aim], Awaitable[None]]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    made = RelayProcess(tmp_path_factory.mktemp("relay"))
    with made.started():
        made.want({**WANTED, "per_address": 200})
        yield made


def resident(relay: RelayProcess) -> int:
    return int(psutil.Process(relay.pid).memory_info().rss)


async def asked(relay: RelayProcess, label: str) -> bytes:
    """The first bytes of the answer to one visitor."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.visitors)
    try:
        host = f"{label}.{WANTED['domain']}"
        writer.write(f"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        return await reader.read(4096)
    finally:
        writer.transport.abort()


class Guests:
    """Visit the well-behaved shares over and over, one after the other."""

    def __init__(self, relay: RelayProcess) -> None:
        self.answers = 0
        self.others: list[bytes] = []
        self.most = 0
        """Memory of the relay, at its worst."""
        self._relay = relay

    async def visit(self) -> None:
        for token in cycle((GUEST, *OTHERS)):
            answer = await asked(self._relay, hashed(token))
            self.answers += 1
            self.most = max(self.most, resident(self._relay))
            if not answer.endswith(b"you asked for /x"):
                self.others.append(answer)

    async def are_answered(self) -> None:
        """Each of the shares at least once."""
        before = self.answers
        await until(lambda: self.answers > before + len(OTHERS) + 1)


@asynccontextmanager
async def shares(relay: RelayProcess, app_port: int) -> AsyncIterator[list[Connection]]:
    """All of `OTHERS`, as long as they are not cut off."""
    loop, app = asyncio.get_running_loop(), SharedApp("127.0.0.1", app_port, print)
    clients = [Connection(Offer(token), "", app) for token in OTHERS]
    try:
        for client in clients:
            await loop.create_connection(lambda one=client: one, "127.0.0.1", relay.clients)
            await client.online
        yield clients
    finally:
        for client in clients:
            client.close()


@asynccontextmanager
async def guests(relay: RelayProcess) -> AsyncIterator[Guests]:
    app = App()
    async with await asyncio.start_server(app.handle, "127.0.0.1", 0) as web:
        port = int(web.sockets[0].getsockname()[1])
        async with (
            gradios_frpc(relay.clients, port, GUEST) as client,
            shares(relay, port) as others,
        ):
            await printed_url(client)
            found = Guests(relay)
            visiting = asyncio.create_task(found.visit())
            yield found
            visiting.cancel()
            await asyncio.gather(visiting, return_exceptions=True)
            # None had to come again.
            assert not any(one.ended.done() for one in others)
    await until(lambda: not app.visitors)


@pytest.mark.parametrize(
    "attack",
    [
        intruders.garbage,
        intruders.half_open,
        intruders.slow,
        intruders.slow_visitors,
        intruders.endless_heads,
        intruders.opens,
        intruders.too_much,
        intruders.too_much_room,
        intruders.endless_message,
        intruders.proxies,
        intruders.pings,
        intruders.bombs,
    ],
    ids=lambda attack: attack.__name__,
)
async def test_others_are_served_and_memory_is_bounded(relay: RelayProcess, attack: Attack) -> None:
    async def visit(label: str) -> bytes:
        return await asked(relay, label)

    aim = intruders.Aim(relay.clients, relay.visitors, visit)
    async with asyncio.timeout(120), guests(relay) as well_behaved:
        await well_behaved.are_answered()
        before = well_behaved.most = resident(relay)
        await attack(aim)
        await attack(aim)
        await well_behaved.are_answered()
        assert well_behaved.others == []
        assert well_behaved.most - before < GROWTH
