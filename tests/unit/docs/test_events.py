"""Every event of the relay's log is described, and none that there is no more."""

import ast
import re
from collections.abc import Iterator

import appliance.relay
from appliance.relay.gateway.directory import Why
from tests.running.examples import ROOT

PAGE = (ROOT / "docs" / "shares.md").read_text()
_EVENT = re.compile(r"[a-z]+\.[a-z_]+")
_TELLERS = {"info", "warning", "error", "complain", "tell"}


def events() -> Iterator[str]:
    for folder in appliance.relay.__path__:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in _TELLERS
                    and node.args
                ):
                    yield from said(node.args[0])


def said(word: ast.expr) -> Iterator[str]:
    match word:
        case ast.Constant(value=str() as text) if _EVENT.fullmatch(text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*said(one), *said(other))
        case ast.JoinedStr(values=[ast.Constant(value="share."), _]):
            yield from (f"share.{why}" for why in Why)


def test_the_events_of_the_log_are_those_of_the_page() -> None:
    table = PAGE.partition("## The relay's log")[2].partition("\n## ")[0]
    told = re.findall(r"`((?:share|shares|tunnel|key|gateway|relay)\.[a-z_]+)`", table)
    found = set(events())
    assert len(found) > 20
    assert sorted(told) == sorted(found)
