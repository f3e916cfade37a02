"""What counting visits costs: `scripts/bench visits`.

One request through the app server's layers that know the visitor, in memory and without a socket,
with and without counting; then what `control` does every ten seconds with 50 apps and 500 shares.
Rounds alternate, so that both sides see the same machine.
"""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from appliance.apps.server.gate import Gate
from appliance.apps.server.settings import Identity, Settings, Storage
from appliance.apps.server.visiting import Counted, Visits
from appliance.store.database import open_database, url_of
from appliance.visits import keeping
from appliance.visits.model import Ask, Reports
from appliance.visits.storage import Storage as Kept
from tests.running.visited import report

ROUNDS, REQUESTS = 20, 2_000
APPS, SHARES = 50, 500
SETTINGS = Settings(
    app="hello",
    file="app.py",
    listen_host="127.0.0.1",
    listen_port=7860,
    root="https://hello.example.org",
    path="/",
    storage=Storage(temp="", examples="", data=""),
    identity=Identity(audience="hello"),
)
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/gradio_api/queue/join",
    "client": ("127.0.0.1", 1),
    "scheme": "http",
}
HEADERS = [
    (b"host", b"hello.example.org"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    (b"accept", b"*/*"),
    (b"content-type", b"application/json"),
    (b"referer", b"https://hello.example.org/"),
    (b"x-forwarded-host", b"hello.example.org"),
    (b"x-forwarded-proto", b"https"),
]


async def answer(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 500})


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"y" * 200, "more_body": False}


async def send(_message: dict[str, Any]) -> None:
    pass


def app(*, counted: bool) -> Gate:
    visits = Visits("key")
    if counted:
        day = int(time.time()) // 86_400
        visits.counting.follow({str(day): "ab" * 32, str(day + 1): "cd" * 32})
    return Gate(Counted(answer, visits), SETTINGS)


async def round_of(served: Gate) -> float:
    """Seconds of one request."""
    began = time.perf_counter()
    for number in range(REQUESTS):
        address = b"203.0.113.%d" % (number % 250)
        headers = [*HEADERS, (b"x-forwarded-for", address)]
        await served({**SCOPE, "headers": headers}, receive, send)
    return (time.perf_counter() - began) / REQUESTS


async def collecting(folder: Path) -> tuple[float, float]:
    """Seconds, and seconds of processor time, that one collection takes when all are visited."""
    engine = open_database(url_of(folder / "control.db"), "control")
    requests = [0]
    hour = int(time.time()) // 3600

    def told(count: int) -> Callable[[Ask], Any]:
        async def tell(_ask: Ask) -> Reports:
            requests[0] += 1
            made = (report(f"n{n}", hour, 100 + requests[0], 40) for n in range(count))
            return Reports(reports=tuple(made))

        return tell

    visits = keeping.Visits(
        Kept(engine), {"app": told(APPS), "share": told(SHARES)}, lambda: timedelta(days=400)
    )
    await visits.collect()
    walls, processor = [], []
    for _ in range(5):
        used, began = _processor(), time.perf_counter()
        await visits.collect()
        walls.append(time.perf_counter() - began)
        processor.append(_processor() - used)
    engine.dispose()
    return statistics.median(walls), statistics.median(processor)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main() -> None:
    plain, counted = app(counted=False), app(counted=True)
    without, with_it = [], []
    for _ in range(ROUNDS):
        without.append(await round_of(plain))
        with_it.append(await round_of(counted))
    low, high = (statistics.median(times) * 1e6 for times in (without, with_it))
    print(f"one request through gate and counting, off: {low:6.1f} µs")
    print(f"the same, counted:                          {high:6.1f} µs  (+{high - low:.1f} µs)")
    with tempfile.TemporaryDirectory() as folder:
        wall, used = await collecting(Path(folder))
    share = used / keeping.EVERY
    print(f"collecting {APPS} apps and {SHARES} shares, all visited: {wall * 1e3:.0f} ms,")
    print(f"{used * 1e3:.0f} ms of processor every {keeping.EVERY:.0f} s: {share:.1%} of a core")


if __name__ == "__main__":
    asyncio.run(main())
