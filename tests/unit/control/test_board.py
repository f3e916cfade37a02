"""Facts change, those who wait hear of it."""

import asyncio

from appliance.config.schema import Config
from appliance.control.board import Board, Facts
from appliance.control.status import ConfigStatus


def board() -> Board:
    status = ConfigStatus(file="appliance.yaml", state="missing")
    return Board(Facts(config=Config(), text="", config_status=status))


async def test_a_change_wakes_who_waits() -> None:
    one = board()
    waiting = asyncio.create_task(one.newer(one.version))
    await asyncio.sleep(0)
    one.update(text="apps: {}")
    assert await waiting
    assert one.facts.text == "apps: {}"


async def test_the_same_again_is_no_news() -> None:
    one = board()
    before = one.version
    one.update(text="")
    assert one.version == before
    assert not await one.newer(before, timeout=0)


async def test_news_from_before_the_waiting_is_not_missed() -> None:
    one = board()
    seen = one.version
    one.update(text="a")
    assert await one.newer(seen, timeout=0)


async def test_a_condition_is_asked_after_every_change() -> None:
    one = board()
    waiting = asyncio.create_task(one.until(lambda: one.facts.connection == 2))
    for connection in (1, 2):
        await asyncio.sleep(0)
        one.update(connection=connection)
    await waiting
    assert one.version == 2
