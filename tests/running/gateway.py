"""The visitors' gateway on a thread of its own, in front of one local app."""

import asyncio
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvloop

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.gateway.serve import listen
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.share import Share
from tests.running.direct_upstream import DirectUpstream

SETTINGS = GatewaySettings(trusted=(ipaddress.ip_network("127.0.0.0/8"),))

OTHERS: dict[str, Share | Gone | None] = {
    "nobody.localhost": None,
    "expired.localhost": Gone(Why.EXPIRED, 1_790_000_000.0),
    "away.localhost": Share("away", ("away.localhost",), "http://away.localhost", "someone"),
}


@dataclass
class Shared:
    """A running gateway. Any host leads to its one share, but for those in `OTHERS`."""

    share: Share
    stats: GatewayStats
    upstream: DirectUpstream
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def find(self, host: str, path: str) -> Share | Gone | None:
        assert path.startswith(("/", "*"))
        return OTHERS.get(host, self.share)


@contextmanager
def sharing(app_port: int, settings: GatewaySettings = SETTINGS) -> Iterator[Shared]:
    """Serve the app of a port until the end."""
    upstream = DirectUpstream(app_port)
    share = Share("demo", ("demo.test",), "http://demo.test", "someone", upstream=upstream)
    shared = Shared(share, GatewayStats(), upstream)
    ready, loop = threading.Event(), uvloop.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        gateway = await listen("127.0.0.1", 0, shared, shared.stats, settings)
        shared.port = gateway.port
        ready.set()
        await stop.wait()
        await gateway.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield shared
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
