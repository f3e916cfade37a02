"""`scripts/quietly`: a line for what goes well, the end of the output for what does not."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "quietly"


def quietly(log: Path, *command: str) -> subprocess.CompletedProcess[str]:
    words = [str(SCRIPT), str(log), "up: making images (minutes)", *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def test_what_goes_well_is_one_line_and_the_rest_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "up.log"
    done = quietly(log, "sh", "-c", "echo Step 1/2; echo warning >&2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "up: making images (minutes)\n")
    assert log.read_text().splitlines()[1:] == ["Step 1/2", "warning"]


def test_a_failure_shows_its_last_lines_the_log_and_its_code(tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    quietly(log, "echo", "of another step")
    failed = quietly(log, "sh", "-c", "seq 100; echo no room >&2; exit 7")
    assert failed.returncode == 7
    first, *told, last = failed.stderr.splitlines()
    assert first == "up: making images (minutes)"
    assert told == [*(str(number) for number in range(87, 101)), "no room"]
    assert last == f"up: that failed (code 7). All that was said is in {log}."
    assert "of another step" in log.read_text()


def test_a_log_that_cannot_be_written_stops_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = quietly(tmp_path / "file" / "up.log", "touch", str(tmp_path / "done"))
    assert refused.returncode == 1
    assert not (tmp_path / "done").exists()
