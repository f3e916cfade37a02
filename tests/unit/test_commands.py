"""What people are told to type can be typed where they read it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import appliance
from appliance.cli import VERBS
from appliance.commands import COMMAND, DOWN, UP

ROOT = Path(appliance.__file__).parent
# What shares an app from another machine is installed there as a package; `access` is a word, too.
NAMED = re.compile(rf"(?<![/\w-])appliance (?:{'|'.join(set(VERBS) - {'share', 'access'})})\b(?!:)")


def words(module: Path) -> list[str]:
    """Every text that is no docstring."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    bodies = [getattr(node, "body", None) for node in nodes]
    alone = {id(line.value) for body in bodies if isinstance(body, list) for line in body
             if isinstance(line, ast.Expr)}  # fmt: skip
    constants = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in alone)
    return [one.value for one in constants if isinstance(one.value, str)]


def test_no_message_and_no_page_names_a_command_by_itself() -> None:
    told = {path: words(path) for path in ROOT.rglob("*.py")}
    told |= {path: [path.read_text()] for path in ROOT.rglob("*.html")}
    assert {
        path: found for path, texts in told.items() if (found := NAMED.findall(str(texts)))
    } == {}


def test_what_would_be_noticed() -> None:
    assert NAMED.search("`appliance certs renew` asks")
    assert NAMED.search("then: appliance apps.")
    assert not NAMED.search("`scripts/appliance certs`")


def test_in_a_checkout_it_is_typed_as_the_docs_say() -> None:
    assert (COMMAND, UP, DOWN) == ("scripts/appliance", "scripts/up", "scripts/down")


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("appliance", "appliance appliance up appliance down"),
        ("/srv/scripts/appliance", "/srv/scripts/appliance /srv/scripts/up /srv/scripts/down"),
    ],
)
def test_elsewhere_as_whoever_starts_it_says(said: str, typed: str) -> None:
    code = "from appliance import commands as c; print(c.COMMAND, c.UP, c.DOWN)"
    environment = {"APPLIANCE_COMMAND": said, "PYTHONPATH": str(ROOT.parent)}
    told = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert told.strip() == typed


def test_an_image_says_how_it_is_typed_on_the_machine_around_it() -> None:
    assert f"APPLIANCE_COMMAND={COMMAND} " in (ROOT.parent / "Dockerfile").read_text()


def test_the_help_names_it_too() -> None:
    told = subprocess.check_output([sys.executable, "-m", "appliance", "certs", "-h"], text=True)
    assert f"Usage: {COMMAND} certs" in told
