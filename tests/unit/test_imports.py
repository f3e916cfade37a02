"""Who may know of whom: what decides knows of no page, and nothing knows of what is above it."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import appliance
from tests import running

ROOT = Path(appliance.__file__).parent

Layers = tuple[set[str], ...]
"""Each imports those written before it, and none beside it."""

WHOLE: Layers = (
    {
        "amounts",
        "apps.server",
        "backoff",
        "commands",
        "descriptors",
        "disk",
        "document",
        "environment",
        "listening",
        "logging",
        "metrics",
        "store",
    },
    {"config", "refusing", "visits"},
    {"apps", "auth"},
    {"proxy", "relay"},
    {"certs", "supervisor"},
    {"doctor"},
    {"control"},
    {"web"},
    {"composition"},
    {"cli"},
    {"__main__"},
)
FRONT_DOOR: Layers = (
    {"failures", "keys", "places", "secrets", "stats", "steady", "tables", "whereabouts"},
    {"audit", "browsers", "databases", "shortlived"},
    {"people", "sessions", "tokens"},
    {"second_factor", "signing_in", "forward"},
    {"door"},
    {"visiting", "metrics", "providers", "administering"},
)


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
    return frozenset(name for name in found if name.startswith(("appliance.", "tests.")))


def all_of(layers: Layers) -> set[str]:
    return set[str]().union(*layers)


def part_of(name: str, parts: set[str]) -> str | None:
    """The part that a module belongs to: the one whose name says most of it."""
    whole = [part for part in parts if f"{name}.".startswith(f"{part}.")]
    return max(whole, key=len, default=None)


def uses(package: Path, parts: set[str]) -> dict[str, set[str]]:
    """By part of a package, the other parts of the same package that it imports."""
    prefix = ".".join(("appliance", *package.relative_to(ROOT).parts)) + "."
    found: dict[str, set[str]] = {part: set() for part in parts}
    for module in package.rglob("*.py"):
        name = ".".join(module.relative_to(package).with_suffix("").parts)
        part = part_of(name, parts)
        if part is None:
            assert name == "__init__", f"{name} has no place among the layers"
            continue
        theirs = {other.removeprefix(prefix) for other in imported(module) if prefix in other}
        found[part] |= {other for one in theirs if (other := part_of(one, parts))} - {part}
    return found


def test_the_front_door_needs_the_configuration_a_disk_and_a_database_alone():
    assert uses(ROOT, all_of(WHOLE))["auth"] == {"config", "disk", "store"}


@pytest.mark.parametrize(("package", "layers"), [("", WHOLE), ("auth", FRONT_DOOR)])
def test_the_parts_stand_on_one_another(package, layers):
    found, below = uses(ROOT / package, all_of(layers)), set[str]()
    for layer in layers:
        for part in layer:
            assert found[part] <= below, part
        below |= layer


PACKAGES = [path.parent for path in ROOT.rglob("__init__.py") if path.parent != ROOT]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_package_goes_in_circles(package):
    parts = {path.stem for path in package.iterdir()} - {"__init__", "__pycache__"}
    TopologicalSorter(uses(package, parts)).prepare()


def test_what_suites_run_knows_no_suite():
    for module in Path(running.__file__).parent.glob("*.py"):
        theirs = {name for name in imported(module) if name.startswith("tests.")}
        assert {name for name in theirs if not name.startswith("tests.running")} == set(), module
