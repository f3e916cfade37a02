"""Apps from real Git repositories."""

import subprocess
from pathlib import Path

import pytest

from appliance.apps.sources import fetch
from appliance.apps.sources.location import SourceError
from appliance.config.source import GitSource

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *IDENTITY, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "work.git"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in ("one", "two"):
        (folder / "app.py").write_text(f"print('{number}')")
        (folder / "sub").mkdir(exist_ok=True)
        (folder / "sub/app.py").write_text(f"print('sub {number}')")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", number)
        git(folder, "tag", f"v-{number}")
    return folder


@pytest.mark.parametrize(
    ("ref", "expected"), [("", "two"), ("@main", "two"), ("@v-one", "one"), ("@v-two", "two")]
)
async def test_a_ref_is_a_branch_or_a_tag(
    repository: Path, tmp_path: Path, ref: str, expected: str
) -> None:
    fetched = await fetch(f"work.git{ref}", tmp_path, tmp_path / "copy")
    assert (fetched.folder / "app.py").read_text() == f"print('{expected}')"
    assert not (fetched.folder / ".git").exists()
    assert fetched.commit == git(repository, "rev-parse", ref[1:] or "HEAD").strip()


@pytest.mark.parametrize("length", [40, 8])
async def test_a_ref_is_a_commit_whole_or_abbreviated(
    repository: Path, tmp_path: Path, length: int
) -> None:
    commit = git(repository, "rev-parse", "v-one").strip()
    source = GitSource(git="work.git", ref=commit[:length], folder="sub")
    fetched = await fetch(source, tmp_path, tmp_path / "copy")
    assert (fetched.folder / "app.py").read_text() == "print('sub one')"
    assert fetched.commit == commit


async def test_what_git_says_is_told(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        await fetch("work.git@no-such-branch", tmp_path, tmp_path / "copy")
    assert caught.value.code == "git-failed"
    assert "no-such-branch" in caught.value.summary


async def test_a_repository_that_is_not_there_prompts_nobody(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        await fetch("https://me:hunter22@localhost:1/x.git", tmp_path, tmp_path / "copy")
    assert "hunter22" not in f"{caught.value.summary} {caught.value.detail}"


async def test_a_folder_the_repository_does_not_have_is_named(
    repository: Path, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="no folder 'missing'"):
        await fetch(GitSource(git="work.git", folder="missing"), tmp_path, tmp_path / "copy")


async def test_a_link_out_of_the_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    (repository / "leak").symlink_to("/etc/hostname")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "leak")
    with pytest.raises(SourceError, match="leak is a link"):
        await fetch("work.git", tmp_path, tmp_path / "copy")


async def test_hooks_and_submodules_of_a_repository_are_not_followed(
    repository: Path, tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    hook = repository / ".git/hooks/post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {proof}\n")
    hook.chmod(0o755)
    (repository / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {proof}\n'
    )
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "modules")
    fetched = await fetch("work.git", tmp_path, tmp_path / "copy")
    assert (fetched.folder / ".gitmodules").exists()
    assert not proof.exists()


async def test_files_in_git_lfs_are_told(repository: Path, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (repository / "model.bin").write_text(pointer)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "model")
    fetched = await fetch("work.git", tmp_path, tmp_path / "copy")
    assert fetched.notice == "model.bin: kept in Git LFS, only the pointer was fetched."
