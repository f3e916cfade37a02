"""The clients' port."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from socket import socket

from appliance.relay.registrar import Registrar
from appliance.relay.tunnel.certificates import Certificates
from appliance.relay.tunnel.connection import Connection, Reception, Speech
from appliance.relay.tunnel.logins import Logins
from appliance.relay.tunnel.multiplexed import Multiplexed
from appliance.relay.tunnel.relay import Relay
from appliance.relay.tunnel.settings import Settings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.tunnel.unmultiplexed import Unmultiplexed

FAREWELL = 2.0
"""Seconds in which clients must take what was still to be sent."""
BACKLOG = 1024
"""After a restart all clients return within the same second."""


class Listener:
    """Takes clients on one port. Everything happens on the running event loop."""

    def __init__(
        self,
        registrar: Registrar,
        *,
        settings: Settings | None = None,
        stats: TunnelStats | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        """`certificates` may be loaded again at any time; without any, TLS is refused."""
        self.stats = stats or TunnelStats()
        self.certificates = certificates or Certificates()
        self._logins = Logins(Relay(registrar, settings or Settings(), self.stats))
        self._reception = Reception(self._logins, self.certificates, self._speech)
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str | Sequence[str], port: int) -> int:
        """Listen; the port, which the system picks if 0 was asked for. OSError if it is taken."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._made, host, port, backlog=BACKLOG)
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    async def take(self, listening: Iterable[socket]) -> None:
        """Serve sockets that listen already."""
        loop = asyncio.get_running_loop()
        for one in listening:
            self._servers.append(await loop.create_server(self._made, sock=one, backlog=BACKLOG))

    def configure(self, settings: Settings) -> None:
        """What clients that come from now on are measured by."""
        self._logins.relay.settings = settings

    async def close(self) -> None:
        """Take no more clients and end all sessions; clients come back by themselves."""
        for server in self._servers:
            server.close()
        reception = self._reception
        for connection in tuple(reception.connections):
            connection.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await reception.empty.wait()
        for connection in tuple(reception.connections):
            connection.abort()
        for server in self._servers:
            await server.wait_closed()

    def _made(self) -> Connection:
        return Connection(self._reception)

    def _speech(self, connection: Connection, multiplexed: bool) -> Speech:  # noqa: FBT001
        kind = Multiplexed if multiplexed else Unmultiplexed
        return kind(connection, self._logins)
