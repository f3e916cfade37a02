"""How many workers serve."""

import os
from typing import Literal

MOST = 8
FEW_CORES = 3


def worker_count(wanted: int | Literal["auto"], cores: int) -> int:
    """By `auto` the apps, the proxy and the rest keep half of the cores, and all of a few."""
    if wanted != "auto":
        return wanted
    return 1 if cores <= FEW_CORES else min(cores // 2, MOST)


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
