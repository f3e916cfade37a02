"""Where tables are kept: docs/benchmarks.md, between the marks of each benchmark."""

import os
import platform

import psutil

from tests.running.examples import ROOT

REPORT = ROOT / "docs" / "benchmarks.md"


def keep(name: str, told: str, *, write: bool = True) -> None:
    """Print what `scripts/bench name` found, and put it in place of what was found before."""
    begin, end = f"<!-- scripts/bench {name} -->", f"<!-- end of scripts/bench {name} -->"
    section = f"{begin}\n{told}\n{end}"
    print(section)
    if write:
        before, _, rest = REPORT.read_text().partition(begin)
        _, _, after = rest.partition(end)
        REPORT.write_text(f"{before}{section}{after}")


def machine() -> str:
    """`2 cores, 24 GiB, Linux, Python 3.11.7`."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )
