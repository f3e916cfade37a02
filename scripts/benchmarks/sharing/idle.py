"""Shares that nobody visits: logged in, registered, with their streams parked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from appliance.relay.client.app import App
from appliance.relay.client.connection import Connection
from appliance.relay.client.offer import GRADIOS_SUBDOMAIN, Offer

AT_ONCE = 50


@asynccontextmanager
async def idle_shares(port: int, *, labels: bool) -> AsyncIterator["Crowd"]:
    """None at first. `labels`: ask for a host each, which stock frps needs."""
    crowd = Crowd(port, labels=labels)
    try:
        yield crowd
    finally:
        crowd.leave()


class Crowd:
    def __init__(self, port: int, *, labels: bool) -> None:
        self._port = port
        self._labels = labels
        self._here: list[Connection] = []
        self._app = App("127.0.0.1", 9, print)

    async def grow(self, size: int) -> None:
        """Until so many shares are online."""
        while len(self._here) < size:
            many = min(AT_ONCE, size - len(self._here))
            numbers = range(len(self._here), len(self._here) + many)
            self._here += await asyncio.gather(*map(self._one, numbers))

    def leave(self) -> None:
        for connection in self._here:
            assert not connection.ended.done(), connection.ended
            connection.close()

    async def _one(self, number: int) -> Connection:
        subdomain = f"idle{number}" if self._labels else GRADIOS_SUBDOMAIN
        connection = Connection(Offer(f"idle{number}", subdomain=subdomain), "", self._app)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: connection, "127.0.0.1", self._port)
        await asyncio.wait(
            (connection.online, connection.ended), return_when=asyncio.FIRST_COMPLETED
        )
        assert connection.online.done(), connection.ended
        return connection
