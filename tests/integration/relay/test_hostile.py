"""The relay under clients that mean harm: nobody else notices, and memory stays bounded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import psutil
import pytest

from appliance.relay.names import hashed
from tests.integration.relay import intruders
from tests.integration.relay.app import App
from tests.integration.relay.frpc import gradios_frpc, printed_url
from tests.running.relay import WANTED, RelayProcess
from tests.running.until import until

GROWTH = 64 << 20
"""Bytes that an attack may cost; the same attack again costs nothing more."""
GUEST = "guest"

Attack = Callable[[int, intruders.Visit], Awaitable[None]]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    made = RelayProcess(tmp_path_factory.mktemp("relay"))
    with made.started():
        made.want(WANTED)
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


class Guest:
    """Visits the well-behaved share over and over."""

    def __init__(self, relay: RelayProcess) -> None:
        self.answers = 0
        self.others: list[bytes] = []
        self._relay = relay

    async def visit(self) -> None:
        while True:
            answer = await asked(self._relay, hashed(GUEST))
            self.answers += 1
            if not answer.endswith(b"you asked for /x"):
                self.others.append(answer)

    async def is_answered(self) -> None:
        before = self.answers
        await until(lambda: self.answers >= before + 3)


@asynccontextmanager
async def guest(relay: RelayProcess) -> AsyncIterator[Guest]:
    app = App()
    async with await asyncio.start_server(app.handle, "127.0.0.1", 0) as web:
        port = int(web.sockets[0].getsockname()[1])
        async with gradios_frpc(relay.clients, port, GUEST) as client:
            await printed_url(client)
            found = Guest(relay)
            visiting = asyncio.create_task(found.visit())
            yield found
            visiting.cancel()
            await asyncio.gather(visiting, return_exceptions=True)
    await until(lambda: not app.visitors)


@pytest.mark.parametrize(
    "attack",
    [
        intruders.garbage,
        intruders.half_open,
        intruders.slow,
        intruders.opens,
        intruders.too_much,
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

    async with asyncio.timeout(120), guest(relay) as well_behaved:
        await well_behaved.is_answered()
        before = resident(relay)
        await attack(relay.clients, visit)
        await attack(relay.clients, visit)
        await well_behaved.is_answered()
        assert well_behaved.others == []
        assert resident(relay) - before < GROWTH
