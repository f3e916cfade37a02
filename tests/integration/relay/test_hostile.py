"""The relay under clients that mean harm: nobody else notices, and memory stays bounded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from appliance.relay.client.app import App as SharedApp
from appliance.relay.client.connection import Connection
from appliance.relay.client.offer import Offer
from appliance.relay.names import hashed
from tests.integration.relay import intruders
from tests.integration.relay.app import App
from tests.running.frpc import gradios_frpc, printed_url
from tests.running.relay import WANTED, RelayProcess
from tests.running.until import until

GROWTH = 64 << 20
"""Bytes that an attack may cost; the same attack again costs nothing more."""
GUEST = "guest"
"""The share of Gradio's own client; the others, of ours, have a number behind it."""
OTHERS = [f"{GUEST}{number}" for number in range(99)]

AHEAD = 64 << 20
"""Bytes that one client may be promised beyond the first window of each of its streams."""
UNREAD = 512 << 10
"""Bytes that a visitor may cost beside: that window, and what waits in his connection."""

Attack = Callable[[intruders.Aim], Awaitable[None]]


class Target(RelayProcess):
    """A relay all of whose processes are watched."""

    def processes(self) -> list[psutil.Process]:
        whole = psutil.Process(self.pid)
        return [whole, *whole.children()]


@contextmanager
def started(folder: Path, workers: int) -> Iterator[Target]:
    made = Target(folder, workers=workers)
    with made.started():
        made.want({**WANTED, "per_address": 200})
        yield made


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with started(tmp_path_factory.mktemp("relay"), 1) as made:
        yield made


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Two of them."""
    with started(tmp_path_factory.mktemp("workers"), 2) as made:
        yield made


async def asked(relay: Target, label: str) -> bytes:
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

    def __init__(self, relay: Target) -> None:
        self.answers = 0
        self.others: list[bytes] = []
        self.most = 0
        """Memory of the relay, at its worst."""
        self._relay = relay
        self._processes = relay.processes()

    def resident(self) -> int:
        """Bytes of all processes of the relay, none of which may end."""
        return sum(int(one.memory_info().rss) for one in self._processes)

    async def visit(self) -> None:
        for token in cycle((GUEST, *OTHERS)):
            answer = await asked(self._relay, hashed(token))
            self.answers += 1
            self.most = max(self.most, self.resident())
            if not answer.endswith(b"you asked for /x"):
                self.others.append(answer)

    async def are_answered(self) -> None:
        """Each of the shares at least once."""
        before = self.answers
        await until(lambda: self.answers > before + len(OTHERS) + 1)


@asynccontextmanager
async def shares(relay: Target, app_port: int) -> AsyncIterator[list[Connection]]:
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
async def guests(relay: Target, app: App | None = None) -> AsyncIterator[Guests]:
    app = app or App()
    async with app.listening() as web:
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
async def test_others_are_served_and_memory_is_bounded(relay: Target, attack: Attack) -> None:
    await suffer(relay, attack)


@pytest.mark.parametrize(
    "attack",
    [intruders.slow_visitors, intruders.opens, intruders.bombs],
    ids=lambda attack: attack.__name__,
)
async def test_the_same_at_two_workers(workers: Target, attack: Attack) -> None:
    """What goes through both of them on its way, and what costs one of them most."""
    await suffer(workers, attack)


async def suffer(relay: Target, attack: Attack) -> None:
    async def visit(label: str) -> bytes:
        return await asked(relay, label)

    aim = intruders.Aim(relay.clients, relay.visitors, visit)
    async with asyncio.timeout(300), guests(relay) as well_behaved:
        await well_behaved.are_answered()
        before = well_behaved.most = well_behaved.resident()
        await attack(aim)
        await attack(aim)
        await well_behaved.are_answered()
        assert well_behaved.others == []
        assert well_behaved.most - before < GROWTH


async def test_visitors_who_never_read_cost_bounded_memory(relay: Target) -> None:
    await never_read(relay)


async def test_visitors_of_two_workers_who_never_read_cost_bounded_memory(workers: Target) -> None:
    await never_read(workers)


async def never_read(relay: Target) -> None:
    app = App()
    async with asyncio.timeout(300), guests(relay, app) as well_behaved:
        await well_behaved.are_answered()
        before = well_behaved.most = well_behaved.resident()
        async with intruders.never_reading(relay.visitors, hashed(GUEST)) as count:
            await settled(lambda: app.sent)
            await well_behaved.are_answered()
            assert well_behaved.most - before < AHEAD + count * UNREAD
        assert well_behaved.others == []


async def settled(number: Callable[[], int]) -> None:
    """It grows no more."""
    same, last = 0, -1
    while same < 20:
        same = same + 1 if number() == last else 0
        last = number()
        await asyncio.sleep(0.05)
