import asyncio
import os
from contextlib import aclosing, asynccontextmanager

import pytest

from appliance.config.findings import ConfigError
from appliance.config.loading import Loaded
from appliance.config.watching import changes

DEADLINE = 20
OLD, NEW = "domain: old.example.org\n", "domain: new.example.org\n"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "appliance.yaml"
    file.write_text(OLD)
    return file


@asynccontextmanager
async def following(path):
    """Yields a function that waits for the next state."""
    async with aclosing(changes(path)) as states:

        async def following_state():
            return await asyncio.wait_for(anext(states), DEADLINE)

        yield following_state


def domain(state):
    assert isinstance(state, Loaded)
    return state.config.domain


def code(state):
    assert isinstance(state, ConfigError)
    return state.findings[0].code


def replace(path, text):
    """As editors do: a new file under the old name."""
    other = path.with_name(".appliance.yaml.tmp")
    other.write_text(text)
    other.replace(path)


async def test_the_first_state_is_the_one_now(path):
    async with following(path) as state:
        assert domain(await state()) == "old.example.org"


@pytest.mark.parametrize("save", [replace, lambda path, text: path.write_text(text)])
async def test_an_edit_is_seen_whichever_way_it_is_saved(path, save):
    async with following(path) as state:
        await state()
        for text, expected in ((NEW, "new.example.org"), (OLD, "old.example.org")):
            save(path, text)
            assert domain(await state()) == expected


async def test_a_broken_edit_is_reported_and_the_mended_one_taken(path):
    async with following(path) as state:
        await state()
        path.write_text("domian: x\n")
        assert code(await state()) == "unknown-key"
        path.write_text(NEW)
        assert domain(await state()) == "new.example.org"


async def test_a_missing_file_is_reported_and_comes_back(path):
    async with following(path) as state:
        await state()
        path.unlink()
        assert code(await state()) == "file-missing"
        path.write_text(NEW)
        assert domain(await state()) == "new.example.org"


async def test_a_missing_folder_is_waited_for(tmp_path):
    path = tmp_path / "later" / "appliance.yaml"
    async with following(path) as state:
        assert code(await state()) == "file-missing"
        path.parent.mkdir()
        path.write_text(NEW)
        assert domain(await state()) == "new.example.org"


async def test_saving_the_same_text_is_no_change(path):
    async with following(path) as state:
        await state()
        replace(path, OLD)
        os.utime(path)
        (path.parent / "other.txt").write_text("x")
        path.write_text(NEW)
        assert domain(await state()) == "new.example.org"


async def test_a_link_that_is_swapped_leads_to_the_new_text(tmp_path):
    """As container platforms do: appliance.yaml -> current/appliance.yaml, current -> v1."""
    for version, text in (("v1", OLD), ("v2", NEW)):
        (tmp_path / version).mkdir()
        (tmp_path / version / "appliance.yaml").write_text(text)
    (tmp_path / "current").symlink_to("v1")
    path = tmp_path / "appliance.yaml"
    path.symlink_to("current/appliance.yaml")
    async with following(path) as state:
        await state()
        (tmp_path / "next").symlink_to("v2")
        (tmp_path / "next").replace(tmp_path / "current")
        assert domain(await state()) == "new.example.org"
        (tmp_path / "v2" / "appliance.yaml").write_text(OLD)
        assert domain(await state()) == "old.example.org"


async def test_a_file_that_is_written_slowly_is_taken_when_it_is_whole(path):
    async with following(path) as state:
        await state()
        with path.open("w") as file:
            for char in NEW:
                file.write(char)
                file.flush()
                await asyncio.sleep(0)
        assert domain(await state()) == "new.example.org"
