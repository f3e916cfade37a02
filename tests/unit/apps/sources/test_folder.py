import asyncio
import os
from pathlib import Path

import pytest

from appliance.apps.sources import Fetched, fetch, folder
from appliance.apps.sources.location import SourceError


def taken(spec: str, base: Path, work: Path, **more: object) -> Fetched:
    return asyncio.run(fetch(spec, base, work, **more))


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    source = tmp_path / "hello"
    (source / "pkg").mkdir(parents=True)
    (source / "app.py").write_text("import pkg")
    (source / "pkg/__init__.py").write_text("")
    (source / "run.sh").write_text("#!/bin/sh")
    (source / "run.sh").chmod(0o755)
    return source


def test_a_copy_holds_the_app_and_none_of_its_makers_clutter(app: Path, tmp_path: Path) -> None:
    for name in (".git/config", ".venv/x", "__pycache__/a.pyc", "node_modules/m.js", ".env"):
        (app / name).parent.mkdir(exist_ok=True)
        (app / name).write_text("")
    (app / "my-env").mkdir()
    (app / "my-env/pyvenv.cfg").write_text("")
    fetched = taken("hello", tmp_path, tmp_path / "work")
    assert files(fetched.folder) == {"app.py", "pkg/__init__.py", "run.sh"}


def test_the_digest_tells_paths_modes_and_bytes_apart_and_nothing_else(
    app: Path, tmp_path: Path
) -> None:
    digests = [taken("hello", tmp_path, tmp_path / "w0").digest]
    os.utime(app / "app.py", (1, 1))
    assert taken("hello", tmp_path, tmp_path / "w1").digest == digests[0]
    (app / "run.sh").chmod(0o644)
    digests.append(taken("hello", tmp_path, tmp_path / "w2").digest)
    (app / "app.py").write_text("import pkg  # changed")
    digests.append(taken("hello", tmp_path, tmp_path / "w3").digest)
    (app / "app.py").rename(app / "main.py")
    digests.append(taken("hello", tmp_path, tmp_path / "w4").digest)
    assert len(set(digests)) == 4


def test_a_copy_is_read_only_and_goes_on_when_the_original_changes(
    app: Path, tmp_path: Path
) -> None:
    copied = taken("hello", tmp_path, tmp_path / "work").folder
    (app / "app.py").write_text("changed")
    assert (copied / "app.py").read_text() == "import pkg"
    assert (copied / "app.py").stat().st_mode & 0o777 == 0o444
    assert (copied / "run.sh").stat().st_mode & 0o777 == 0o555
    assert copied.stat().st_mode & 0o222 == 0


def test_a_link_inside_the_folder_is_kept_and_one_that_leaves_it_is_refused(
    app: Path, tmp_path: Path
) -> None:
    (app / "inner").symlink_to("pkg/__init__.py")
    (app / "dangling").symlink_to("nowhere")
    copied = taken("hello", tmp_path, tmp_path / "work").folder
    assert (copied / "inner").resolve() == (copied / "pkg/__init__.py").resolve()
    assert not (copied / "dangling").is_symlink()
    (app / "outer").symlink_to("/etc/hostname")
    with pytest.raises(SourceError) as caught:
        taken("hello", tmp_path, tmp_path / "again")
    assert caught.value.code == "source-link"
    assert "outer" in caught.value.summary


def test_what_is_too_large_is_refused(app: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(folder, "MOST_FILES", 2)
    with pytest.raises(SourceError, match="more than"):
        taken("hello", tmp_path, tmp_path / "work")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        taken("missing", tmp_path, tmp_path / "work")
    assert caught.value.code == "source-missing"
    assert caught.value.summary == "missing does not exist."


def test_a_folder_elsewhere_that_is_not_there_is_named_in_full(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        taken(str(tmp_path / "missing"), tmp_path / "site", tmp_path / "work")
    assert caught.value.summary == f"{tmp_path}/missing does not exist."


def test_the_appliances_own_data_and_secrets_are_never_part_of_an_app(
    app: Path, tmp_path: Path
) -> None:
    (app / "data").mkdir()
    (app / "data/state.json").write_text("")
    (app / "token.txt").write_text("secret")
    without = (app / "data", app / "token.txt")
    assert files(taken("hello", tmp_path, tmp_path / "w", without=without).folder) == {
        "app.py",
        "pkg/__init__.py",
        "run.sh",
    }


def test_a_script_comes_with_its_folder(app: Path, tmp_path: Path) -> None:
    fetched = taken("hello/app.py", tmp_path, tmp_path / "work")
    assert fetched.file == "app.py"
    assert "pkg/__init__.py" in files(fetched.folder)


def test_a_script_beside_the_yaml_comes_with_its_requirements_alone(tmp_path: Path) -> None:
    for name in ("demo.py", "requirements.txt", "appliance.yaml", "other.py", "token.txt"):
        (tmp_path / name).write_text("")
    fetched = taken("demo.py", tmp_path, tmp_path / "data" / "work")
    assert files(fetched.folder) == {"demo.py", "requirements.txt"}
