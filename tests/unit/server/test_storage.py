"""The janitor, with real files."""

import json
import os
import time
from pathlib import Path

from appliance.apps.server.seed import kept_seed
from appliance.apps.server.settings import Storage
from appliance.apps.server.storage import Usage, size_of, sweep

KEEP = 100.0


def put(path: Path, age: float = 0, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_old_files_go_and_fresh_ones_stay(tmp_path: Path) -> None:
    old, fresh = put(tmp_path / "a/old.png", 200), put(tmp_path / "b/new.png", 10)
    assert sweep(str(tmp_path), KEEP, time.time(), ()) == 1
    assert not old.exists()
    assert fresh.exists()


def test_what_the_pages_need_is_touched_for_other_processes(tmp_path: Path) -> None:
    example = put(tmp_path / "a/example.png", 200)
    sweep(str(tmp_path), KEEP, time.time(), [str(example)])
    assert time.time() - example.stat().st_mtime < KEEP


def test_a_fresh_deep_link_keeps_its_files(tmp_path: Path) -> None:
    linked, stale = put(tmp_path / "a/linked.png", 200), put(tmp_path / "b/stale.png", 200)
    state = json.dumps([{"props": {"value": {"path": str(linked)}}}]).encode()
    put(tmp_path / "deep_links/abc/state.json", 10, state)
    put(tmp_path / "deep_links/old/state.json", 200, json.dumps([str(stale)]).encode())
    sweep(str(tmp_path), KEEP, time.time(), ())
    assert linked.exists()
    assert not stale.exists()


def test_a_deep_link_reaches_nothing_outside(tmp_path: Path) -> None:
    outside, temp = put(tmp_path / "other/file", 200), tmp_path / "temp"
    put(temp / "deep_links/abc/state.json", 10, json.dumps([str(outside)]).encode())
    before = outside.stat().st_mtime
    sweep(str(temp), KEEP, time.time(), ())
    assert outside.stat().st_mtime == before


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    target, temp = put(tmp_path / "other/file", 200), tmp_path / "temp"
    temp.mkdir()
    (temp / "folder").symlink_to(target.parent)
    os.utime(temp / "folder", (1, 1), follow_symlinks=False)
    sweep(str(temp), KEEP, time.time(), ())
    assert target.exists()
    assert not (temp / "folder").is_symlink()


def test_disk_use_counts_each_file_once(tmp_path: Path) -> None:
    put(tmp_path / "data/big", content=b"x" * 100_000)
    folders = [str(tmp_path), str(tmp_path / "data"), str(tmp_path / "missing")]
    assert 100_000 <= size_of(folders) < 200_000


def test_the_disk_is_full_with_what_has_been_added_since(tmp_path: Path) -> None:
    folder = str(tmp_path)
    usage = Usage(Storage(temp=folder, examples=folder, data=folder, disk_limit=1000))
    assert not usage.is_full()
    usage.add(600)
    assert not usage.is_full()
    assert usage.is_full(500)
    usage.measure()
    assert not usage.is_full(500)


def test_the_seed_is_made_once_and_kept_private(tmp_path: Path) -> None:
    seed = kept_seed(str(tmp_path))
    assert len(seed) == 32
    assert kept_seed(str(tmp_path)) == seed
    (file,) = (tmp_path / ".gradio-appliance").iterdir()
    assert file.stat().st_mode & 0o077 == 0
