from pathlib import Path

import pytest

from appliance.apps.model import Outcome
from appliance.apps.releases import KEEP, NewRelease, ReleaseStore, environments_in_use, former
from appliance.apps.runtime import Needs

NEEDS = Needs(python="3.11", requirements=("gradio==6.31.0",), system_packages=("ffmpeg",))


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path)


def new(folder: Path, digest: str) -> NewRelease:
    source = folder / f"incoming-{digest}"
    source.mkdir()
    (source / "app.py").write_text(digest)
    source.chmod(0o555)
    return NewRelease(source, digest, NEEDS, "app.py")


def test_a_release_is_numbered_and_named_after_its_content(tmp_path, store) -> None:
    ids = [store.create("hello", new(tmp_path, digest)).release.id for digest in ("aa", "bb")]
    assert ids == ["r1-aa", "r2-bb"]
    assert [record.release.id for record in store.records("hello")] == ["r2-bb", "r1-aa"]


def test_all_that_is_known_survives_a_restart(tmp_path, store) -> None:
    record = store.create("hello", new(tmp_path, "aa"))
    store.save("hello", record.with_outcome(Outcome.LIVE))
    store.update_state("hello", current="r1-aa", routed=("hello-r1-aa-0-1234",))
    later = ReleaseStore(tmp_path)
    assert later.records("hello") == [record.with_outcome(Outcome.LIVE)]
    assert later.state("hello") == store.state("hello")
    files = later.files("hello", later.records("hello")[0])
    assert files.needs == NEEDS
    assert (files.source / "app.py").read_text() == "aa"


def test_a_damaged_file_costs_only_itself(tmp_path, store) -> None:
    for digest in ("aa", "bb"):
        store.create("hello", new(tmp_path, digest))
    (store.folder("hello", "r2-bb") / "release.json").write_text("{ torn")
    (store.folder("hello") / "app.json").write_text("")
    later = ReleaseStore(tmp_path)
    assert [record.release.id for record in later.records("hello")] == ["r1-aa"]
    assert later.state("hello").current is None
    assert later.create("hello", new(tmp_path, "cc")).release.id == "r3-cc"


def test_old_releases_go_unless_they_are_needed(tmp_path, store) -> None:
    for number in range(KEEP + 3):
        store.create("hello", new(tmp_path, f"d{number}"))
    assert store.surplus("hello", frozenset({"r1-d0"})) == ["r3-d2", "r2-d1"]
    store.remove("hello", "r2-d1")
    assert not store.folder("hello", "r2-d1").exists()


def test_an_environment_is_in_use_as_long_as_a_release_needs_it(tmp_path, store) -> None:
    assert environments_in_use(tmp_path) == frozenset()
    store.create("hello", new(tmp_path, "aa"))
    assert environments_in_use(tmp_path) == {NEEDS.digest}


def test_one_goes_back_to_what_has_served(tmp_path, store) -> None:
    with pytest.raises(LookupError, match="no former release that served; it has: none"):
        former("hello", store.records("hello"), None)
    retired, live, failed = Outcome.RETIRED, Outcome.LIVE, Outcome.FAILED
    for digest, outcome in (("a", retired), ("b", retired), ("c", failed), ("d", live)):
        record = store.create("hello", new(tmp_path, digest))
        store.save("hello", record.with_outcome(outcome))
    records = store.records("hello")
    assert former("hello", records, None) == "r2-b"
    assert former("hello", records, "r1-a") == "r1-a"
    with pytest.raises(LookupError, match="r3-c has failed"):
        former("hello", records, "r3-c")
    with pytest.raises(LookupError, match="no release r9-x; it has: r4-d, r3-c, r2-b, r1-a"):
        former("hello", records, "r9-x")
