"""The file beside Compose's own that the docs show for a Prometheus."""

import subprocess
from pathlib import Path

import pytest

from tests.running.markdown import ROOT, block

pytestmark = pytest.mark.stack


def test_it_fits_the_stack(tmp_path: Path) -> None:
    beside = tmp_path / "docker-compose.override.yml"
    beside.write_text(block("docs/metrics.md", "yaml", "services:"))
    files = ("--file", "docker-compose.yml", "--file", str(beside))
    command = ("docker", "compose", *files, "config", "--services")
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"control", "prometheus"} <= set(done.stdout.split())
