"""How full an app's folders are, told to the app host alone."""

from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from appliance.apps.server.settings import Storage
from appliance.apps.server.upkeep import HEADER, Upkeep
from tests.unit.server.test_storage import put

WORD = {HEADER: "w" * 64}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    for name in ("temp", "examples", "data"):
        (tmp_path / name).mkdir()
    return Storage(**{name: str(tmp_path / name) for name in ("temp", "examples", "data")})


@pytest.fixture
def client(storage: Storage, tmp_path: Path) -> TestClient:
    needed = [str(tmp_path / "temp/example.png")]
    app = PlainTextResponse("the app's own")
    return TestClient(Upkeep(app, storage, WORD[HEADER], lambda: needed))


def test_the_app_host_learns_what_the_folders_hold(client: TestClient, tmp_path: Path) -> None:
    put(tmp_path / "temp/a/b.png", content=b"x" * 10_000)
    told = client.get("/storage", headers=WORD).json()
    assert told["temp"] >= 10_000
    assert told["data"] == 0


def test_temp_is_emptied_but_for_what_pages_need_and_what_is_being_made(
    client: TestClient, tmp_path: Path
) -> None:
    old, needed = put(tmp_path / "temp/a/old.png", 100), put(tmp_path / "temp/example.png", 100)
    fresh = put(tmp_path / "temp/b/fresh.png", 1)
    client.delete("/storage/temp", headers=WORD)
    assert [path.exists() for path in (old, needed, fresh)] == [False, True, True]


def test_examples_are_emptied_and_links_are_not_followed(
    client: TestClient, tmp_path: Path
) -> None:
    kept = put(tmp_path / "data/model.bin", 100)
    put(tmp_path / "examples/abc/1/log.csv")
    (tmp_path / "examples/link").symlink_to(tmp_path / "data")
    assert client.delete("/storage/examples", headers=WORD).json()["examples"] == 0
    assert list((tmp_path / "examples").iterdir()) == []
    assert kept.exists()


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: ""}, {HEADER: "x" * 64}, {**WORD, "X-Forwarded-For": "192.0.2.1"}],
)
def test_everybody_else_is_answered_by_the_app(
    client: TestClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    old = put(tmp_path / "temp/old.png", 100)
    for answer in (
        client.get("/storage", headers=headers),
        client.delete("/storage/temp", headers=headers),
    ):
        assert answer.text == "the app's own"
    assert old.exists()


def test_without_a_word_nobody_is_the_app_host(storage: Storage) -> None:
    client = TestClient(Upkeep(PlainTextResponse("own"), storage, "", list))
    assert client.get("/storage", headers={HEADER: ""}).text == "own"


def test_nothing_else_can_be_emptied(client: TestClient, tmp_path: Path) -> None:
    kept = put(tmp_path / "data/model.bin", 100)
    assert client.delete("/storage/data", headers=WORD).status_code == 404
    assert client.delete("/storage", headers=WORD).status_code == 404
    assert kept.exists()
