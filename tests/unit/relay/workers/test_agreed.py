import asyncio

import pytest

from appliance.relay.workers import agreed
from appliance.relay.workers.agreed import Agreed


async def test_all_have_to_know() -> None:
    marks, done = Agreed(), []
    mark = marks.begin([0, 1, 2], lambda: done.append(True))
    marks.reached(0, mark)
    marks.reached(0, mark)
    marks.gone(1)
    assert not done
    marks.reached(2, mark)
    marks.reached(2, mark)
    assert done == [True]


async def test_without_workers_all_know() -> None:
    done: list[bool] = []
    Agreed().begin([], lambda: done.append(True))
    assert done == [True]


async def test_one_that_is_busy_is_not_waited_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreed, "_PATIENCE", 0.0)
    done = asyncio.Event()
    Agreed().begin([0], done.set)
    async with asyncio.timeout(60):
        await done.wait()
