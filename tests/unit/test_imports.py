"""Who may know of whom: what decides knows of no page, and nothing knows of what is above it."""

import ast
from functools import cache
from pathlib import Path

import pytest

import appliance

ROOT = Path(appliance.__file__).parent

LAYERS = (
    {"failures", "keys", "places", "secrets", "stats", "tables", "whereabouts"},
    {"audit", "browsers", "databases", "shortlived"},
    {"people", "sessions", "tokens"},
    {"second_factor", "signing_in", "forward"},
    {"door"},
    {"visiting", "metrics", "providers", "administering"},
)
"""Of `appliance.auth`; each imports those written before it, and none beside it."""

SHOWING = {"web", "control", "cli"}
"""Those who show and steer the rest, which is therefore understood without them."""
# What both of them have to agree on: which ports are published.
KNOWN = {("supervisor", "control")}


@cache
def imported(module: Path) -> frozenset[str]:
    """Names of the modules of ours that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from appliance.auth import tables` means `appliance.auth.tables`.
            found.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
    return frozenset(name for name in found if name.startswith("appliance."))


def uses(package: Path) -> dict[str, set[str]]:
    """By part of a package, the other parts of the same package that it imports."""
    prefix = f"appliance.{'.'.join(package.relative_to(ROOT).parts)}.".replace("..", ".")
    parts = {path.stem for path in package.iterdir() if path.stem != "__init__"}
    found: dict[str, set[str]] = {part: set() for part in parts}
    for module in package.rglob("*.py"):
        part = module.relative_to(package).parts[0].removesuffix(".py")
        for name in imported(module):
            other = name.removeprefix(prefix).partition(".")[0]
            if name.startswith(prefix) and other in parts - {part}:
                found.setdefault(part, set()).add(other)
    return found


def test_what_decides_knows_of_no_page():
    known = {(part, other) for part, others in uses(ROOT).items() for other in others & SHOWING}
    assert {pair for pair in known if pair[0] not in SHOWING | {"__main__"}} == KNOWN


def test_the_front_door_needs_the_configuration_a_disk_and_a_database_alone():
    assert uses(ROOT)["auth"] == {"config", "disk", "store"}


@pytest.mark.parametrize("height", range(len(LAYERS)))
def test_the_parts_of_the_front_door_stand_on_one_another(height):
    below = set[str]().union(*LAYERS[:height])
    found = uses(ROOT / "auth")
    for part in LAYERS[height]:
        assert found[part] <= below, part


def test_every_part_of_the_front_door_has_its_place():
    parts = {path.stem for path in (ROOT / "auth").iterdir()} - {"__init__", "__pycache__"}
    assert parts == set[str]().union(*LAYERS)
