"""How what happened at the relay looks on a terminal."""

import os
import time
from datetime import UTC, datetime

import pytest

from appliance.cli._events import in_words, nobody_reads


@pytest.fixture(autouse=True)
def _somewhere(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Etc/GMT-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def event(said, /, **more):
    return {**more, "event": said, "level": "info", "timestamp": "2026-03-01T12:00:05.678Z"}


def test_a_line_says_when_what_whose_and_all_else_that_is_known():
    expires = datetime(2026, 3, 4, 12, 0, 5, tzinfo=UTC).timestamp()
    told = event("share.opened", name="chat", key="ada", address="203.0.113.7", expires=expires)
    assert in_words(told) == (
        "2026-03-01 14:00:05 share.opened       chat key=ada address=203.0.113.7 "
        "expires=2026-03-04T14:00:05"
    )


def test_what_is_not_known_is_left_out_and_words_are_quoted():
    told = event("tunnel.closed", share="chat", reason="kicked", detail=None, worker=1)
    assert in_words(told).endswith("tunnel.closed      chat reason=kicked worker=1")
    told = event("share.ended", name="chat", reason='ended by "you"')
    assert in_words(told).endswith(r'chat reason="ended by \"you\""')
    assert in_words(event("share.opened", name="chat", expires=None)).endswith(" chat")


def test_no_word_of_a_stranger_steers_the_terminal():
    for text in ("\x1b[2Jfoo\n2026 share.ended x", "a\nb", "a\x85b", "a\u2028b\x9b"):
        line = in_words(event("tunnel.refused", reason="name", text=text))
        assert line.isprintable()


def test_a_reader_who_leaves_is_noticed_while_nothing_happens(tmp_path):
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as output:
        assert not nobody_reads(output)
        os.close(reads)
        assert nobody_reads(output)
    with (tmp_path / "events").open("w") as file:
        assert not nobody_reads(file)


@pytest.mark.parametrize(("missed", "words"), [(3, "3 of the events"), (None, "started anew")])
def test_what_is_lost_is_said(missed, words):
    assert words in in_words({"event": "lost", "missed": missed})
