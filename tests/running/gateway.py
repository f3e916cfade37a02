"""The visitors' gateway on a thread of its own, in front of one local app."""

import asyncio
import ipaddress
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.gateway.serve import Gateway, listen
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.lock import locked
from appliance.relay.share import Share
from appliance.relay.upstream import AppAway, Away, WorkStream
from appliance.relay.wire.yamux.limits import Allowance
from appliance.relay.workers.neighbour import Neighbour
from tests.running.direct_upstream import DirectUpstream

SETTINGS = GatewaySettings(trusted=(ipaddress.ip_network("127.0.0.0/8"),))


class Absent:
    """An upstream that leads to no app."""

    def __init__(self, why: Away) -> None:
        self._why = why

    def take(self) -> None:
        return None

    async def stream(self) -> WorkStream:
        raise AppAway(self._why)

    def end(self, reason: str) -> None: ...

    def replaced(self) -> None: ...


def _other(name: str, **more: Any) -> Share:
    host = f"{name}.localhost"
    return Share(name, (host,), f"http://{host}", "someone", **more)


PASSWORD = "open sesame"
OTHERS: dict[str, Share | Gone | None] = {
    "nobody.localhost": None,
    # What the proxy asks for to see whether there is a relay.
    "relay.invalid": None,
    "expired.localhost": Gone(Why.EXPIRED, 1_790_000_000.0),
    "ended.localhost": Gone(Why.ENDED, 1_790_000_000.0),
    "away.localhost": _other("away"),
    "refused.localhost": _other("refused", upstream=Absent(Away.REFUSED)),
    "slow.localhost": _other("slow", upstream=Absent(Away.SLOW)),
    "busy.localhost": _other("busy", allowance=Allowance(0.0, 0, 0.0)),
    "locked.localhost": _other("locked", lock=locked(b"of the relay", "locked", PASSWORD)),
}


@dataclass
class Shared:
    """A running gateway. Any host leads to its one share, but for those in `OTHERS`."""

    share: Share
    stats: GatewayStats
    upstream: DirectUpstream
    port: int = 0
    beside: "Beside" = field(default_factory=lambda: Beside(""))
    """The gateway of another worker, to which the app is not connected."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def find(self, host: str, path: str) -> Share | Gone | None:
        assert path.startswith(("/", "*"))
        return OTHERS.get(host, self.share)


class Beside:
    """Every host leads to the gateway on a Unix socket."""

    def __init__(self, path: str) -> None:
        self.url = ""
        self._share = Share("demo", (), "", "", upstream=Neighbour(Path(path)), elsewhere=True)

    def find(self, _host: str, _path: str) -> Share:
        return self._share


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
        with tempfile.TemporaryDirectory() as folder:
            inner = Gateway(shared, shared.stats, settings)
            await inner.open_path(Path(folder) / "w0.sock")
            shared.beside = Beside(f"{folder}/w0.sock")
            beside = await listen("127.0.0.1", 0, shared.beside, GatewayStats(), settings)
            shared.beside.url = f"http://127.0.0.1:{beside.port}"
            ready.set()
            await stop.wait()
            for one in (beside, inner, gateway):
                await one.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield shared
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
