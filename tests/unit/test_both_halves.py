"""What `scripts/test` says at its end is what both halves of the tests said."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running.examples import ROOT

_HALF = """#!/bin/sh
case "$*" in
    *--ignore=*) echo "the first half"; exit "$FIRST" ;;
    *) sleep "$SLOW"; echo "the second half"; exit "$SECOND" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """With halves that do nothing but end, and all that they would need."""
    _program(tmp_path / ".venv" / "bin" / "pytest", _HALF)
    for name in ("install", "base-images"):
        _program(tmp_path / "scripts" / name, "#!/bin/sh\n")
    _program(tmp_path / "bin" / "docker", "#!/bin/sh\n")
    shutil.copy(ROOT / "scripts" / "test", tmp_path / "scripts")
    (tmp_path / "tests" / "a" / "b").mkdir(parents=True)
    locked = tmp_path / "tests" / "a" / "b" / "package-lock.json"
    locked.write_text("{}")
    (locked.parent / "node_modules").mkdir()
    shutil.copy(locked, locked.parent / "node_modules" / "installed.json")
    (tmp_path / "temp").mkdir()
    return tmp_path


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


@pytest.mark.parametrize("slow", ["0", "0.3"])
@pytest.mark.parametrize(("first", "second"), [("0", "0"), ("1", "0"), ("0", "1")])
def test_it_ends_well_when_both_do(checkout: Path, first: str, second: str, slow: str) -> None:
    done = subprocess.run(
        [checkout / "scripts" / "test"],
        env={
            "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}",
            "TMPDIR": str(checkout / "temp"),
            "FIRST": first,
            "SECOND": second,
            "SLOW": slow,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["the first half", "the second half"], done.stderr
    assert (done.returncode == 0) == (first == second == "0"), done.stderr
    assert list((checkout / "temp").iterdir()) == []
