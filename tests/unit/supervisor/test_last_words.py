import pytest

from appliance.supervisor.tree import last_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("OSError: no such port", "OSError: no such port"),
        ('{"level": "fatal", "error": "port taken", "message": "cannot start"}',
         "cannot start: port taken"),
        ('{"event": "control.stopped", "timestamp": "now"}', "control.stopped"),
        ("[1, 2]", "[1, 2]"),
        ("x" * 500, "x" * 200),
    ],
)  # fmt: skip
def test_the_end_of_a_log_is_put_in_words(line, words):
    assert last_words(["before", line]) == words


def test_silence_is_nothing():
    assert last_words([]) == ""


def test_what_happened_is_told_not_what_to_do():
    assert (
        last_words(["✗ control.db cannot be used", "  → Mend it."]) == "control.db cannot be used"
    )


def test_of_a_crash_what_happened_is_told_not_where():
    lines = ["fatal error: out of memory", "", "runtime.throw({0x123, 0x20})", "\tpanic.go:1101"]
    assert last_words(lines) == "fatal error: out of memory"
