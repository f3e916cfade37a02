import os
import tempfile
from pathlib import Path

import pytest

from appliance.supervisor.places import SOCKET_PATH_LIMIT, discard_run, places, prepare


@pytest.fixture
def deep(tmp_path):
    folder = tmp_path / ("d" * 100)
    folder.mkdir()
    return folder / "appliance.yaml"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    for left in folder.iterdir():
        left.rmdir()
    folder.rmdir()


def test_data_is_relative_to_the_yaml_and_not_to_the_working_folder(tmp_path):
    found = places(tmp_path / "site" / "appliance.yaml", "../data")
    assert found.data == tmp_path / "data"


def test_data_may_be_absolute(tmp_path):
    assert places(tmp_path / "appliance.yaml", "/srv/data").data == Path("/srv/data")


def test_the_run_folder_is_for_the_owner_alone(tmp_path):
    short = Path(tempfile.mkdtemp())
    found = prepare(places(short / "appliance.yaml", "data"))
    assert found.run == short / "data" / "run"
    assert found.run.stat().st_mode & 0o777 == 0o700
    found.run.rmdir()
    found.logs.rmdir()
    found.data.rmdir()
    short.rmdir()


def test_sockets_of_a_deep_folder_are_kept_elsewhere_and_found_again(deep):
    prepared = prepare(places(deep, "data"))
    assert len(os.fsencode(prepared.run / "control.sock")) <= SOCKET_PATH_LIMIT
    assert prepared.run.stat().st_mode & 0o777 == 0o700
    assert places(deep, "data").run == prepared.run
    assert prepare(places(deep, "data")).run == prepared.run
    discard_run(prepared)


def test_the_folder_elsewhere_goes_with_the_appliance(deep):
    prepared = prepare(places(deep, "data"))
    discard_run(prepared)
    assert not prepared.run.exists()
    assert not (prepared.data / "run").is_symlink()


def test_a_cleaned_away_folder_is_made_anew(deep):
    former = prepare(places(deep, "data")).run
    former.rmdir()
    prepared = prepare(places(deep, "data"))
    assert prepared.run.is_dir()
    discard_run(prepared)
