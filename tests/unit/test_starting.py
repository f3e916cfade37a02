"""What scripts/up and scripts/appliance say where the Docker engine cannot be used."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DENIED = "permission denied while trying to connect to the Docker daemon socket"
AWAY = "Cannot connect to the Docker daemon. Is the docker daemon running?"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """It only tells what would be run; Docker says what the test writes into a file."""
    (tmp_path / "scripts").mkdir()
    for name in ("up", "appliance"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts" / name)
    for path in ("bin/docker", "scripts/install", ".venv/bin/appliance"):
        program = tmp_path / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{program.name} $*"\n')
        program.chmod(0o755)
    return tmp_path


def run(checkout: Path, script: str, *words: str, docker: str = AWAY) -> tuple[int, str, str]:
    (checkout / "bin" / "docker").write_text(f'#!/bin/sh\necho "{docker}" >&2\nexit 1\n')
    done = subprocess.run(
        [checkout / "scripts" / script, *words],
        env={"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("docker", "words"),
    [(AWAY, "no Docker engine answers"), (DENIED, "you may not use the Docker engine here")],
)
def test_without_an_engine_it_starts_as_processes(checkout: Path, docker: str, words: str) -> None:
    code, out, said = run(checkout, "up", docker=docker)
    assert (code, out) == (0, "install \nappliance up --detach\n")
    assert words in said


def test_what_has_run_in_containers_does_not_begin_anew_without_them(checkout: Path) -> None:
    (checkout / ".env").write_text("APPLIANCE_PUBLISH_LOCAL=127.0.0.1:8080\n")
    code, out, said = run(checkout, "up")
    assert (code, out) == (1, "")
    assert "has run in containers" in said
    assert "systemctl start docker" in said
    # Whoever wants that says so.
    assert run(checkout, "up", "--embedded")[0] == 0


def test_who_may_not_look_for_containers_is_told(checkout: Path) -> None:
    assert run(checkout, "appliance", "status", docker=DENIED)[1:] == ("appliance status\n", "")
    (checkout / ".env").write_text("APPLIANCE_PUBLISH_LOCAL=127.0.0.1:8080\n")
    assert (
        "you may not use the Docker engine"
        in run(checkout, "appliance", "status", docker=DENIED)[2]
    )
    assert run(checkout, "appliance", "status")[2] == ""
