"""What the pages give to copy is taken by what it is written for."""

import ast
import json
import re
import shlex
import tomllib
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError
from typer import Typer
from typer.testing import CliRunner

from appliance.cli import VERBS, program
from appliance.config.document import parse
from appliance.config.schema import Config
from tests.running.markdown import PAGES, ROOT, Block, blocks, every, inline

OF_OTHERS = {"services": "Compose", "scrape_configs": "Prometheus", "groups": "Prometheus"}
"""First keys of YAML that is not the appliance's."""


def read(block: Block) -> Any:
    return parse(block.text, str(block)).data


OURS = [one for one in blocks("yaml") if next(iter(read(one))) not in OF_OTHERS]
COMMAND = re.compile(r"(?:scripts/|\.venv/bin/)?appliance (?P<words>.*)")


@pytest.mark.parametrize("block", OURS, ids=str)
def test_yaml_has_no_key_that_the_appliance_would_refuse(block: Block) -> None:
    """A part of a file, so that something may be missing."""
    try:
        Config.model_validate(read(block))
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["type"] != "missing"]
        # What the reader has to fill in.
        assert [one for one in wrong if "…" not in str(one["input"])] == []


def commands() -> list[tuple[str, str]]:
    """The arguments of every command in the pages, and where it stands."""
    written = [
        (str(block), line.removeprefix("$ "))
        for block in blocks("sh", "console")
        for line in block.text.splitlines()
    ]
    written += [(page.name, code) for page in PAGES for code in inline(page)]
    matches = [(where, COMMAND.fullmatch(line)) for where, line in written]
    return sorted({found["words"]: where for where, found in matches if found}.items())


@cache
def command_line() -> Typer:
    return program(*VERBS)


def understood(words: str) -> bool:
    """As far as that can be told without doing what they say: verbs and options."""
    given = shlex.split(words, comments=True)
    for sign in (">", "|"):
        given = given[: given.index(sign)] if sign in given else given
    # Twice: an option that stands there without its value takes the first.
    told = CliRunner().invoke(command_line(), [*given, "--help", "--help"])
    assert told.exit_code in (0, 2), told.output
    return told.exit_code == 0


@pytest.mark.parametrize(("words", "where"), commands())
def test_commands_are_understood(words: str, where: str) -> None:
    assert understood(words), where


@pytest.mark.parametrize("words", ["user create ada", "users make", "visits hello --weeks 2"])
def test_a_command_that_is_none_would_be_noticed(words: str) -> None:
    assert not understood(words)


def test_scripts_that_are_named_are_there() -> None:
    words = [one for page in PAGES for code in inline(page) for one in code.split()[:1]]
    words += [line.split()[0] for one in blocks("sh") for line in one.text.splitlines() if line]
    named = {word for word in words if word.startswith("scripts/")}
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def as_what_it_is(block: Block) -> Any:
    match block.language:
        case "python":
            return compile(block.text, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        case "json":
            return json.loads(block.text)
        case _:
            return tomllib.loads(block.text)


@pytest.mark.parametrize("block", blocks("python", "json", "toml"), ids=str)
def test_the_rest_is_what_it_says_it_is(block: Block) -> None:
    assert as_what_it_is(block)


def test_no_block_is_of_a_kind_that_is_not_looked_at() -> None:
    known = {"yaml", "sh", "console", "python", "json", "toml", "js", "html", ""}
    assert {block.language for block in every()} <= known
