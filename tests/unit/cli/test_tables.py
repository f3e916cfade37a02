import re
from datetime import timedelta

import pytest

from appliance.amounts import size, span
from appliance.apps.model import Ended, InstanceState, Phase
from appliance.cli._people import tokens_table
from appliance.cli._tables import DETAIL_LINES, overview
from tests.unit.cli.conftest import NOW, app, host, instance, problem

ADDRESSES = {"hello": "http://localhost:8080/hello"}


def test_a_live_app_is_one_line(printed):
    found = host(app(live="r1-aa", instances=(instance(memory=112 * 2**20),)))
    heading, line = printed(overview(found, ADDRESSES, NOW)).splitlines()
    assert heading.split() == [
        "App", "State", "Address", "Release", "Memory", "Since"
    ]  # fmt: skip
    assert line.split() == [
        "hello", "●", "live", "http://localhost:8080/hello", "r1-aa", "112", "MB", "3", "min"
    ]  # fmt: skip


def test_a_failed_app_tells_why_and_what_to_do(printed):
    failed = app(phase=Phase.FAILED, problem=problem(detail="Traceback\nValueError: no\n"))
    text = printed(overview(host(failed), ADDRESSES, NOW))
    assert "✗ hello  app.py raised ValueError" in text
    assert "  │ ValueError: no" in text
    assert "  → Mend it." in text


def test_an_app_that_was_started_again_tells_why(printed):
    again = app(live="r1-aa", instances=(instance(),), ended=Ended(at=NOW, problem=problem()))
    text = printed(overview(host(again), ADDRESSES, NOW))
    assert "! hello  app.py raised ValueError" in text
    assert f"That was on {NOW:%-d %b at %H:%M} UTC; it was started again." in text
    assert "  → Mend it." in text


def test_only_the_end_of_a_long_traceback_is_shown(printed):
    lines = [f"line {number}" for number in range(100)]
    failed = app(phase=Phase.FAILED, problem=problem(detail="\n".join(lines)))
    shown = [
        line.rstrip()
        for line in printed(overview(host(failed), ADDRESSES, NOW)).splitlines()
        if line.startswith("  │ ")
    ]
    assert shown == [f"  │ {line}" for line in lines[-DETAIL_LINES:]]


def test_an_app_that_serves_its_former_release_is_live_with_a_warning(printed):
    found = app(live="r1-aa", instances=(instance(),), problem=problem(release="r2-bb"))
    text = printed(overview(host(found), ADDRESSES, NOW))
    assert "● live !" in text
    assert "r1-aa goes on serving." in text


def test_what_an_app_prints_does_not_steer_the_terminal(printed):
    failed = app(phase=Phase.FAILED, problem=problem(detail="\x1b[31m[red]boo[/red]\x07"))
    text = printed(overview(host(failed), ADDRESSES, NOW))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]boo[/red]" in text


def test_instances_that_are_not_ready_are_counted(printed):
    instances = (instance("a"), instance("b", InstanceState.STARTING))
    text = printed(overview(host(app(live="r1-aa", instances=instances)), ADDRESSES, NOW))
    assert "1 of 2" in text


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (80, ["App", "State", "Address", "Release", "Memory", "Since"]),
        (60, ["App", "State", "Address", "Release"]),
        (48, ["App", "State", "Address"]),
    ],
)
def test_on_a_narrow_terminal_columns_go_and_addresses_stay_whole(printed, width, headings):
    found = host(app(live="r1-5a15bd51", instances=(instance(memory=112 * 2**20),)))
    heading, line = printed(overview(found, ADDRESSES, NOW), width=width).splitlines()
    assert heading.split() == headings
    assert ADDRESSES["hello"] in line
    assert "…" not in heading + line


def test_no_apps_is_said_in_words(printed):
    assert printed(overview(host(), {}, NOW)) == "The YAML names no apps.\n"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 MB"), (300, "1 kB"), (70_000, "68 kB"), (112 * 2**20, "112 MB"), (3 * 2**29, "1.5 GB")],
)
def test_sizes_are_for_the_eye(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_durations_are_for_the_eye(seconds, text):
    assert span(timedelta(seconds=seconds)) == text


def test_a_long_line_of_an_app_stays_behind_its_bar(printed):
    failed = app(phase=Phase.FAILED, problem=problem(detail="File " + "x" * 100 + " line 2"))
    text = printed(overview(host(failed), ADDRESSES, NOW), width=60)
    quoted = [line for line in text.splitlines() if "x" in line or "line 2" in line]
    assert len(quoted) > 1
    assert all(line.startswith("  │ ") and len(line) <= 60 for line in quoted)
    # Nothing at the ends of lines that somebody would copy along.
    assert not re.search(r"  │.* \n\n", text)
    assert "\n\n✗ hello" in text


TOKEN = {
    "id": "219174879e1a9407",
    "person": "ada",
    "label": "hello on blog.example.org",
    "apps": ["hello"],
    "uses": [],
    "origin": "https://blog.example.org",
    "networks": [],
    "until": None,
    "last_used": None,
}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_id_of_a_token_is_whole_on_any_terminal(printed, width):
    text = printed(tokens_table([TOKEN], NOW), width=width)
    assert "219174879e1a9407" in text
    assert "hello on blog.example.org" in text
    assert ("https://blog.example.org" in text) == (width == 120)
    assert "…" not in text
