from pathlib import Path

import pytest

from appliance.apps.model import Phase
from appliance.cli._display import Settled, changes, result, settled
from appliance.config.addresses import launch_arguments
from appliance.config.findings import Finding
from appliance.config.loading import load_text
from tests.unit.cli.conftest import NOW, app, problem, status

BROKEN = Finding("unknown-key", "appliance.yaml", 3, 5, "apps.helo", "unknown key")


def test_settled_is_when_every_named_app_has_an_answer_and_a_route():
    assert settled(status(app())).all_live
    assert not settled(status(app(phase=Phase.FAILED))).all_live


def test_an_app_host_that_was_told_nothing_yet_has_not_settled():
    assert settled(status()) is None


def test_work_under_way_has_not_settled():
    assert settled(status(app(), converged=False)) is None
    assert settled(status(app(), live=False)) is None


def test_nothing_new_is_no_news():
    assert changes(status(app()), status(app())) == []


def test_a_broken_yaml_is_news_with_all_its_findings(printed):
    after = status(app(), state="invalid", findings=(BROKEN,))
    text = printed(*changes(status(app()), after))
    assert "appliance.yaml is invalid; the last good configuration goes on serving" in text
    assert "appliance.yaml:3:5" in text


def test_a_mended_yaml_is_news(printed):
    before = status(app(), state="invalid", findings=(BROKEN,))
    assert "fine and in force" in printed(*changes(before, status(app())))


def test_an_app_that_goes_live_or_away_is_news(printed):
    assert "hello: ● live (r2-bb)" in printed(
        *changes(status(app(phase=Phase.STARTING)), status(app(live="r2-bb")))
    )
    assert printed(*changes(status(app()), status())) == "hello: removed\n"


def test_a_problem_is_told_once(printed):
    broken = status(app(live="r1-aa", problem=problem(release="r2-bb")))
    assert "app.py raised ValueError" in printed(*changes(status(app(live="r1-aa")), broken))
    assert changes(broken, broken) == []


def test_what_is_there_to_be_copied_is_whole_on_a_narrow_terminal(printed):
    text = "domain: demos.example.org\nshare: {}\n"
    config = load_text(text, Path("appliance.yaml")).config
    found = Settled(status(text=text), config)
    lines = printed(result(found, NOW), width=60).splitlines()
    (call,) = (line for line in lines if "demo.launch(" in line)
    assert call.endswith(")")
    assert launch_arguments(config) in call


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("domain: demos.example.org\nshare: {}\n", True),
        ("domain: demos.example.org\nshare: {who_can_share: anyone}\n", False),
        ("share: {}\n", False),
    ],
)
def test_that_a_key_is_needed_stands_beside_the_line_that_needs_it(printed, text, needed):
    found = Settled(status(text=text), load_text(text, Path("appliance.yaml")).config)
    told = printed(result(found, NOW))
    assert ("appliance keys create" in told) is needed
    assert ("appliance doctor" in told) is text.startswith("domain")
