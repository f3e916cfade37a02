from pathlib import Path

import pytest

from appliance.apps.sources import Local, Repository, locate
from appliance.apps.sources.location import SourceError, redact
from appliance.config.source import GitSource

BASE = Path("/base")


def unchecked(**keys: str) -> GitSource:
    """A source that came past the checks of the schema."""
    return GitSource.model_construct(**{"ref": "HEAD", "folder": ".", **keys})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("hello", Local(Path("/base/hello"))),
        ("../up/hello", Local(Path("/up/hello"))),
        ("/abs/hello", Local(Path("/abs/hello"))),
        ("name@home", Local(Path("/base/name@home"))),
        ("https://h.org/o/r", Repository("https://h.org/o/r")),
        ("https://h.org/o/r.git@v1.2", Repository("https://h.org/o/r.git", "v1.2")),
        ("https://h.org/o/r@feature/x", Repository("https://h.org/o/r", "feature/x")),
        ("https://me:pw@h.org/o/r@main", Repository("https://me:pw@h.org/o/r", "main")),
        ("git@h.org:o/r.git", Repository("git@h.org:o/r.git")),
        ("git@h.org:o/r.git@main", Repository("git@h.org:o/r.git", "main")),
        ("ssh://git@h.org:22/o/r@v1", Repository("ssh://git@h.org:22/o/r", "v1")),
        ("repos/r.git", Repository("/base/repos/r.git")),
        ("repos/r.git@v1", Repository("/base/repos/r.git", "v1")),
    ],
)
def test_a_source_is_a_path_or_a_repository(spec: str, expected: Local | Repository) -> None:
    assert locate(spec, BASE) == expected


@pytest.mark.parametrize(
    "spec",
    [
        "ext::sh -c touch%20/tmp/x",
        "https://h.org/r@--upload-pack=touch",
        "https://-oProxyCommand=x/r",
        "ssh://-oProxyCommand=x/r",
        "git://h.org/r",
        "ftp://h.org/r",
        "file:///etc/r.git",
        "https://h.org/a b",
        "https://h.org/r@a..b",
        "git@h.org::x",
    ],
)
def test_what_git_might_run_is_refused(spec: str) -> None:
    source = spec if "@" in spec else unchecked(git=spec)
    with pytest.raises(SourceError):
        locate(source, BASE)


@pytest.mark.parametrize(
    "source",
    [
        unchecked(git="https://h.org/r", ref="--upload-pack=x"),
        unchecked(git="--upload-pack=x"),
        unchecked(git="https://h.org/r", folder="../.."),
        unchecked(git="https://h.org/r", folder="/etc"),
    ],
)
def test_refs_and_folders_that_reach_outside_are_refused(source: GitSource) -> None:
    with pytest.raises(SourceError):
        locate(source, BASE)


def test_credentials_are_never_shown() -> None:
    repository = locate("https://me:pw@h.org/o/r", BASE)
    assert isinstance(repository, Repository)
    assert repository.shown == "https://h.org/o/r"
    assert redact("fatal: https://me:pw@h.org/: no") == "fatal: https://h.org/: no"
    with pytest.raises(SourceError) as caught:
        locate("ftp://me:pw@h.org/o/r", BASE)
    assert "pw" not in caught.value.summary
