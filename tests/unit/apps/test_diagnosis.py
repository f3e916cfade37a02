from datetime import UTC, datetime

import pytest

from appliance.apps import diagnosis
from appliance.apps.runtime import Running

TRACEBACK = [
    "Starting",
    "Traceback (most recent call last):",
    '  File "app.py", line 1, in <module>',
    "    import torch",
    "ModuleNotFoundError: No module named 'torch'",
]


def running(**changes: object) -> Running:
    fields = {"id": "i", "app": "a", "release": "r1", "fingerprint": "f", "address": "x"}
    return Running(**fields, started=datetime.now(UTC), alive=False, **changes)


def test_a_traceback_becomes_one_sentence_and_a_remedy() -> None:
    problem = diagnosis.ended(TRACEBACK, "app.py", "r1", running(exit_code=1))
    assert problem.code == "script-raised"
    assert problem.summary == "app.py raised ModuleNotFoundError: No module named 'torch'"
    assert problem.detail.startswith("Traceback")
    assert problem.remedy == "Add `torch` to requirements.txt in the app's folder."


def test_a_module_of_another_name_is_told_by_its_package() -> None:
    problem = diagnosis.ended(["ModuleNotFoundError: No module named 'cv2'"], "app.py", "r1", None)
    assert "opencv-python-headless" in problem.remedy


def test_only_the_last_lines_are_shown() -> None:
    lines = [f"line {n}" for n in range(100)]
    assert diagnosis.ended(lines, "app.py", "r1", None).detail.splitlines() == lines[-15:]


def test_a_kill_for_memory_is_said_in_words() -> None:
    problem = diagnosis.ended([], "app.py", "r1", running(killed_for_memory=True))
    assert problem.code == "killed-for-memory"
    assert "memory" in problem.summary


@pytest.mark.parametrize(
    ("code", "words"), [(0, "with exit code 0"), (-11, "by signal 11"), (None, "ended before")]
)
def test_an_end_without_an_error_is_told_too(code: int | None, words: str) -> None:
    problem = diagnosis.ended(["bye"], "app.py", "r1", running(exit_code=code))
    assert (problem.code, problem.detail) == ("script-ended", "bye")
    assert words in problem.summary
