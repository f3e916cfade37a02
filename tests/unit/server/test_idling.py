"""A queue that nobody uses rests, and is as quick as ever for those who do."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from gradio import queueing
from gradio.queueing import Queue

from appliance.apps.server import idling

PAUSES = ("sleep_when_free", "progress_update_sleep_when_free")


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Queue, "push", Queue.push)
    monkeypatch.setattr(queueing, "asyncio", asyncio)
    for pause in PAUSES:
        monkeypatch.setattr(Queue, pause, None, raising=False)
    idling.install()
    made = object.__new__(Queue)
    for pause in PAUSES:
        setattr(made, pause, 0.001)
    made.active_jobs = [None]
    return made


async def called(queue: Any) -> None:
    await queue.push(SimpleNamespace(fn_index=None), None, None)


@pytest.mark.parametrize("pause", PAUSES)
async def test_an_unused_queue_rests_until_it_is_called(
    queue: Any, pause: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(idling, "_LONGEST", 3600)
    resting = asyncio.create_task(queueing.asyncio.sleep(getattr(queue, pause)))
    await asyncio.sleep(0.1)
    assert not resting.done()
    await called(queue)
    await asyncio.wait_for(resting, 60)
    assert getattr(queue, pause) == 0.001


@pytest.mark.parametrize("pause", PAUSES)
async def test_a_rest_ends_by_itself(queue: Any, pause: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(idling, "_LONGEST", 0.01)
    await asyncio.wait_for(queueing.asyncio.sleep(getattr(queue, pause)), 60)


@pytest.mark.parametrize("pause", PAUSES)
async def test_it_does_not_rest_while_something_runs(queue: Any, pause: str) -> None:
    queue.active_jobs = [[]]
    assert getattr(queue, pause) == 0.001


async def test_a_rest_is_a_number_to_who_knows_nothing_of_it(queue: Any) -> None:
    assert 0.001 < queue.sleep_when_free < 0.1
    assert await queueing.asyncio.sleep(0, "as ever") == "as ever"
