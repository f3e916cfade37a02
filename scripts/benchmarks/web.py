"""What the pages cost with much to show: `scripts/bench web` writes into docs/benchmarks.md.

The pages as the control process serves them, in a process of their own behind uvicorn on loopback:
fifty apps, the real sign-in, and a real relay that holds five hundred connected shares. The app
host's answer is made up, as what is measured is the page.
"""

import asyncio
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from appliance.web.dashboard import places
from scripts.benchmarks._report import keep, machine
from scripts.benchmarks.sharing.idle import idle_shares
from tests.running.house import PASSWORD
from tests.running.populated import APPS
from tests.running.process import answers, child, free_port, wait_until
from tests.running.relay import WANTED, RelayProcess
from tests.running.tab import NAVIGATION, forms

SHARES, ROUNDS, WATCHED = 500, 40, 30.0
"""Of the live updates: seconds that a page is kept open."""
ROOT = Path(__file__).parents[2]
PAGES = {
    "List of apps, `/`": "/",
    "Dashboard, apps": places.DASHBOARD,
    "One app": places.app_page("hello"),
    "Shares": places.SHARES,
    "People": places.PEOPLE,
    "Health": places.HEALTH,
    "Audit": places.AUDIT,
}
LIVE = {"Dashboard, apps": places.DASHBOARD, "Shares": places.SHARES}
SERVED = """
import sys
from pathlib import Path
import uvicorn
from tests.running.populated import populated
house = populated(Path(sys.argv[1]), relay=Path(sys.argv[2]))
uvicorn.run(house.app, host="127.0.0.1", port=int(sys.argv[3]), log_level="error", lifespan="off")
"""


@contextmanager
def served(folder: Path, relay: RelayProcess) -> Iterator[tuple[str, int]]:
    """The pages: their origin and their process."""
    port, log = free_port(), folder / "pages.log"
    command = [sys.executable, "-c", SERVED, str(folder / "house"), str(relay.socket), str(port)]
    with child(command, folder=ROOT, log=log, environment={}) as process:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/-/healthz"), process, log, 120)
        yield f"http://localhost:{port}", process.pid


def signed_in(origin: str) -> httpx.Client:
    client = httpx.Client(base_url=origin, headers=NAVIGATION, timeout=60, follow_redirects=True)
    [form] = [one for one in forms(client.get("/-/sign-in").text) if "name" in one["fields"]]
    client.post("/-/sign-in", data={**form["fields"], "name": "ada", "password": PASSWORD})
    assert client.get(places.DASHBOARD).url.path == places.DASHBOARD
    return client


def seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def page(client: httpx.Client, process: psutil.Process, path: str) -> tuple[float, float, int]:
    """Median seconds to the whole page, processor seconds of one, and its bytes."""
    client.get(path).raise_for_status()
    took, before = [], seconds(process)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - began)
    used = (seconds(process) - before) / ROUNDS
    return statistics.median(took), used, len(answer.content)


def updates(client: httpx.Client, process: psutil.Process, path: str) -> float:
    """Part of a core that one open page costs."""
    found = re.search(r'data-live="([^"]+)"', client.get(path).text)
    assert found
    before, began = seconds(process), time.perf_counter()
    address = found[1].replace("&amp;", "&")
    with client.stream("GET", address, headers={"Sec-Fetch-Dest": "empty"}) as stream:
        stream.raise_for_status()
        for _ in stream.iter_raw():
            if time.perf_counter() - began > WATCHED:
                break
    return (seconds(process) - before) / (time.perf_counter() - began)


async def measured(folder: Path) -> str:
    relay = RelayProcess(folder)
    with relay.started():
        wanted = {**WANTED, "max_shares": SHARES + 10, "per_key": SHARES, "per_address": SHARES}
        await asyncio.to_thread(relay.want, wanted)
        async with idle_shares(relay.clients, labels=False) as crowd:
            await crowd.grow(SHARES)
            return await asyncio.to_thread(tables, folder, relay)


def tables(folder: Path, relay: RelayProcess) -> str:
    with served(folder, relay) as (origin, pid), closing(signed_in(origin)) as client:
        process = psutil.Process(pid)
        lines = ["| | median | processor time | size |", "|---|---:|---:|---:|"]
        for name, path in PAGES.items():
            took, used, size = page(client, process, path)
            lines.append(
                f"| {name} | {took * 1e3:.1f} ms | {used * 1e3:.1f} ms | {size / 1e3:.0f} kB |"
            )
        lines += ["", "| live updates of an open page | of a core |", "|---|---:|"]
        for name, path in LIVE.items():
            lines.append(f"| {name} | {100 * updates(client, process, path):.2f} % |")
    return "\n".join(lines)


def circumstances() -> str:
    return (
        f"{APPS} apps, {SHARES} connected shares in a real relay, {ROUNDS} requests a page "
        f"one after another, pages kept open for {WATCHED:.0f} s, loopback. "
        f"{machine()}. Load average before: {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    told = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(Path(folder)))
    keep("web", f"{told}\n\n{found}")


if __name__ == "__main__":
    main()
