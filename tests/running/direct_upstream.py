"""The way to an app without a tunnel: a TCP connection for each stream."""

import asyncio

from appliance.relay.upstream import AppAway, Away
from appliance.relay.workers.neighbour import Passage


class DirectUpstream:
    """Connects to a local port whenever a stream is needed."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, port
        self.opened = 0
        self.ended: str | None = None

    def take(self) -> None:
        return None

    async def stream(self) -> Passage:
        loop = asyncio.get_running_loop()
        try:
            _, stream = await loop.create_connection(Passage, self.host, self.port)
        except OSError:
            raise AppAway(Away.REFUSED) from None
        self.opened += 1
        return stream

    def end(self, reason: str) -> None:
        self.ended = reason
