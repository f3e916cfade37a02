"""Files of the appliance are replaced at once."""

import stat
from pathlib import Path

import pytest

from appliance import disk


def test_an_unchanged_file_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "routes.yml"
    assert disk.write(path, "a")
    before = path.stat()
    assert not disk.write(path, "a")
    assert path.stat().st_ino == before.st_ino
    assert disk.write(path, "b")
    assert path.read_text() == "b"


def test_a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "routes.yml"
    disk.write(path, "old")
    with path.open() as reader:
        disk.write(path, b"new", 0o640)
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in path.parent.iterdir()] == ["routes.yml"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a-folder"
    (path / "with-a-file").mkdir(parents=True)
    with pytest.raises(OSError, match="a-folder"):
        disk.write(path, "new")
    assert [file.name for file in tmp_path.iterdir()] == ["a-folder"]


def test_a_folder_goes_with_what_nobody_may_write_in_it(tmp_path: Path) -> None:
    inner = tmp_path / "kept" / "closed"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    inner.chmod(0o500)
    disk.remove(tmp_path / "kept")
    disk.remove(tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []
