"""Files of the appliance are replaced at once."""

import errno
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

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


def test_who_refuses_is_named_alike_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(**_: object) -> tuple[int, str]:
        raise PermissionError(errno.EACCES, "Permission denied", f"/{os.urandom(4).hex()}")

    monkeypatch.setattr(disk.tempfile, "mkstemp", refusing)
    for _ in range(2):
        with pytest.raises(PermissionError) as caught:
            disk.write(tmp_path / "routes.yml", "a")
        assert caught.value.filename == str(tmp_path / "routes.yml")


def test_a_folder_goes_with_what_nobody_may_write_in_it(tmp_path: Path) -> None:
    inner = tmp_path / "kept" / "closed"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    inner.chmod(0o500)
    disk.remove(tmp_path / "kept")
    disk.remove(tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []


def full_database(path: Path) -> sqlite3.Error:
    """What SQLite itself says when it may not grow."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE rows (text)")
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as caught:
            database.execute("INSERT INTO rows VALUES (?)", ("x" * 100_000,))
    return caught.value


def test_an_error_of_the_disk_is_told_in_words(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/a")
    assert disk.refusal(full) == "The disk is full (/data/a)."
    assert disk.refusal(full_database(tmp_path / "a.db")) == "The disk is full."
    closed = OSError(errno.EROFS, os.strerror(errno.EROFS))
    assert disk.refusal(closed) == "The disk may not be written to."
    assert disk.refusal(FileNotFoundError(errno.ENOENT, "no such file")) is None
    assert disk.refusal(ValueError("no error of a disk")) is None


@pytest.mark.parametrize(
    ("free", "flags", "rights", "found"),
    [
        (10 * 2**30, 0, 7, "good"),
        (200 * 2**20, 0, 7, "low"),
        (2**20, 0, 7, "full"),
        (10 * 2**30, os.ST_RDONLY, 5, "read-only"),
        (10 * 2**30, 0, 5, "closed"),
    ],
)
def test_room_on_a_disk(
    free: int, flags: int, rights: int, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever is root may write everywhere.
    monkeypatch.setattr(os, "access", lambda _, asked: asked & rights == asked)
    said = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_flag=flags)
    monkeypatch.setattr(os, "statvfs", lambda _: said)
    state = disk.state(Path("/data"))
    assert state == found
    assert (disk.words(state) is None) is (found == "good")
