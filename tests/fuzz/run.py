"""Fuzzes all code of the relay that reads bytes of strangers.

python -m tests.fuzz.run SECONDS [TARGET ...]

With atheris guided by coverage, one process a target; without it by hypothesis.
An input that fails is kept in tests/fuzz/crashes/, where every test run tries it again.
"""

import subprocess
import sys
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.corpus import inputs

CRASHES = Path(__file__).parent / "crashes"
FOUND = Path("artifacts") / "fuzz"
"""Inputs that reached new code, where the next run goes on."""
LONGEST = 16384
"""Bytes of an input."""


def main() -> int:
    """Spread the seconds evenly over the targets; the number of those that failed."""
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - a guided child instruments it first

    names = sys.argv[2:] or list(TARGETS)
    seconds = max(1, int(sys.argv[1]) // len(names))
    run = guided if find_spec("atheris") else unguided
    failed = 0
    for name in names:
        sys.stderr.write(f"{name}: {seconds} s of {run.__name__} inputs\n")
        failed += not run(name, seconds)
    return failed


def guided(name: str, seconds: int) -> bool:
    """Atheris never returns, so each target has a process of its own."""
    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    for data in inputs(name):
        (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)
    CRASHES.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(corpus)]
    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=10", "-verbosity=0"]
    where = [f"-artifact_prefix={CRASHES}/{name}-", "-print_final_stats=1"]
    return subprocess.run([*command, *limits, *where], check=False).returncode == 0


def unguided(name: str, seconds: int) -> bool:
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415 - not needed when guided
    from hypothesis import strategies as st  # noqa: PLC0415 - the same

    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the same

    seeds = st.sampled_from(inputs(name))
    mixed = st.lists(st.one_of(seeds, st.binary(max_size=40)), max_size=12).map(b"".join)

    @settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mixed)
    def check(data: bytes) -> None:
        failing.write_bytes(data)
        TARGETS[name](data)

    CRASHES.mkdir(exist_ok=True)
    failing = CRASHES / f"{name}-hypothesis"
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            check()
    except BaseException as error:  # noqa: BLE001 - whatever came out is the finding
        sys.stderr.write(f"{name}: {error!r}; the input is {failing}\n")
        return False
    failing.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
