"""A queue that nobody uses rests, and is as quick as ever for those who do."""

from types import SimpleNamespace
from typing import Any

import pytest
from gradio.queueing import Queue

from appliance.apps.server import idling


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Queue, "push", Queue.push)
    monkeypatch.setattr(Queue, "sleep_when_free", None, raising=False)
    idling.install()
    made = object.__new__(Queue)
    made.sleep_when_free = 0.001
    made.active_jobs = [None]
    return made


def test_an_unused_queue_rests(queue: Any) -> None:
    assert queue.sleep_when_free == idling.RESTING


async def test_a_call_wakes_it(queue: Any) -> None:
    await queue.push(SimpleNamespace(fn_index=None), None, None)
    assert queue.sleep_when_free == 0.001


def test_it_does_not_rest_while_something_runs(queue: Any) -> None:
    queue.active_jobs = [[]]
    assert queue.sleep_when_free == 0.001
