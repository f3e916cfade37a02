"""Our relay beside frps 0.65, with the same clients and the same app.

scripts/bench relay [--quick]

Writes its table into docs/benchmarks.md; with --quick it only prints. Rounds alternate between all
lanes, so that every one of them sees the same machine, and each figure is the median of its rounds.
"""

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scripts.benchmarks._report import keep, machine  # noqa: E402
from scripts.benchmarks.sharing import load  # noqa: E402
from scripts.benchmarks.sharing.idle import idle_shares  # noqa: E402
from scripts.benchmarks.sharing.lanes import (  # noqa: E402
    GRADIOS,
    OWN,
    ROUND_TRIP,
    STOCK,
    Lane,
    Server,
    app,
    lane,
    servers,
    shared,
)


class Extent(NamedTuple):
    rounds: int
    seconds: float
    visitors: tuple[int, ...]
    mebibytes: int
    far_mebibytes: int
    crowds: tuple[int, ...]


FULL = Extent(3, 3, (1, 32, 256), 64, 32, (1000, 5000))
QUICK = Extent(1, 1, (1, 32), 16, 4, (500,))


class Row(NamedTuple):
    name: str
    unit: str
    digits: int


Figures = dict[Row, dict[str, list[float]]]


def measured(folder: Path, extent: Extent) -> tuple[list[str], Figures, str]:
    """Names of the lanes, their figures, and what the app does without a share."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    with ExitStack() as stack:
        port = stack.enter_context(app(folder))
        stock, ours = stack.enter_context(servers(folder))
        crowds(figures, extent, stock, ours)
        lanes = [
            stack.enter_context(lane(folder, name, server, client, port))
            for name, server, client in (
                ("frps + frpc", stock, STOCK),
                ("appliance + frpc", ours, STOCK),
                ("appliance + Gradio's", ours, GRADIOS),
                ("appliance + its own", ours, OWN),
            )
        ]
        alone = bare(load.Place(port, "app"), extent)
        for number in range(extent.rounds):
            for one in lanes:
                note(f"round {number + 1} of {extent.rounds}: {one.name}")
                for row, value in of_round(folder, one, extent, number):
                    figures[row][one.name].append(value)
    return [one.name for one in lanes], figures, alone


def of_round(folder: Path, one: Lane, extent: Extent, number: int) -> Iterator[tuple[Row, float]]:
    yield Row("Client's start to first answer", "s", 2), first_answer(folder, one, number)
    for visitors in extent.visitors:
        before = processor(one.server)
        found = load.small_requests(one.near, visitors, extent.seconds)
        spent = (processor(one.server) - before) / found.requests
        who = f"{visitors} visitor{'s' if visitors > 1 else ''}"
        yield Row(f"Requests a second, {who}", "", 0), found.rate
        yield Row(f"Median, {who}", "ms", 1), found.p50
        yield Row(f"99th percentile, {who}", "ms", 1), found.p99
        yield Row(f"Server's processor time a request, {who}", "µs", 0), spent * 1e6
        yield Row(f"Failed requests, {who}", "", 0), found.errors
    transfers: tuple[tuple[str, Callable[[load.Place, int], float]], ...] = (
        ("Download", load.download),
        ("Upload", load.upload),
    )
    for name, transfer in transfers:
        before = processor(one.server)
        yield (
            Row(f"{name} of {extent.mebibytes} MiB", "MB/s", 0),
            transfer(one.near, extent.mebibytes),
        )
        spent = (processor(one.server) - before) / (extent.mebibytes * 1.048576)
        yield Row(f"Server's processor time a MB, {name.lower()}", "ms", 1), spent * 1e3
    for name, transfer in transfers:
        far = f"{name} of {extent.far_mebibytes} MiB, {ROUND_TRIP} ms round trip to the client"
        row = Row(far, "MB/s", 1)
        yield row, transfer(one.far, extent.far_mebibytes)


def processor(server: Server) -> float:
    """Seconds that the server has computed so far: hardly a matter of busy neighbours."""
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def first_answer(folder: Path, one: Lane, number: int) -> float:
    began = time.perf_counter()
    word = f"first-{number}-{one.near.host.partition('.')[0]}"
    with shared(folder, one.server, one.client, one.server.near, one.app, word, 0.005):
        return time.perf_counter() - began


def bare(place: load.Place, extent: Extent) -> str:
    found = load.small_requests(place, 32, extent.seconds)
    down, up = load.download(place, 256), load.upload(place, 256)
    return (
        f"The app alone answers {found.rate:,.0f} requests a second to 32 visitors, sends "
        f"{down:,.0f} MB/s and takes {up:,.0f} MB/s."
    )


def crowds(figures: Figures, extent: Extent, stock: Server, ours: Server) -> None:
    for name, server, labels in (("frps + frpc", stock, True), ("appliance + frpc", ours, False)):
        for size, kibibytes in asyncio.run(idle_memory(server, extent.crowds, labels=labels)):
            figures[Row(f"Memory of an idle share, {size:,}", "KiB", 0)][name] = [kibibytes]


async def idle_memory(
    server: Server, sizes: tuple[int, ...], *, labels: bool
) -> list[tuple[int, float]]:
    """KiB that each share adds to the server's resident memory."""
    process, found = psutil.Process(server.pid), []
    before = process.memory_info().rss
    async with idle_shares(server.near, labels=labels) as crowd:
        for size in sizes:
            note(f"{size} idle shares")
            await crowd.grow(size)
            found.append((size, (process.memory_info().rss - before) / size / 1024))
    return found


def table(names: list[str], figures: Figures) -> str:
    """Rows of medians; the ratio is that of the two lanes with the same client."""
    lines = [
        "| | " + " | ".join(names[:2]) + " | ratio | " + " | ".join(names[2:]) + " |",
        "|---|" + "---:|" * (len(names) + 1),
    ]
    for row, lanes in figures.items():
        middle = {name: statistics.median(values) for name, values in lanes.items()}
        if row.name.startswith("Failed") and not any(middle.values()):
            continue
        cells = [f"{middle[n]:,.{row.digits}f} {row.unit}" if n in middle else "" for n in names]
        stock, ours = middle[names[0]], middle[names[1]]
        ratio = f"{ours / stock:.2f}" if stock else ""
        lines.append(f"| {row.name} | " + " | ".join([*cells[:2], ratio, *cells[2:]]) + " |")
    return "\n".join(lines)


def circumstances(extent: Extent, alone: str, before: float) -> str:
    return (
        f"{extent.rounds} alternating rounds of {extent.seconds:.0f} s, loopback, all processes on "
        f"the same machine: {machine()}, load from {load.GENERATOR}, load average before: "
        f"{before:.1f}. {alone}"
    )


def note(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of all; writes nothing")
    extent = QUICK if (quick := parser.parse_args().quick) else FULL
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        names, figures, alone = measured(Path(folder), extent)
    keep(
        "relay",
        f"{circumstances(extent, alone, before)}\n\n{table(names, figures)}",
        write=not quick,
    )


if __name__ == "__main__":
    main()
