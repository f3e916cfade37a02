"""What open pages are sent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.datastructures import FormData
from starlette.requests import Request

from appliance.auth.failures import BusyError
from appliance.auth.providers.known import Providers
from appliance.control.apphost import AppHostAway
from appliance.web.account.parts import parts
from appliance.web.account.visit import RefusedError, visit
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.streaming import OVER, QUIET, Streams, event, news, written
from tests.running import machine
from tests.running.house import House
from tests.unit.web.dashboard.conftest import APPS


@pytest.fixture
def caller(house: House, tmp_path: Path) -> Caller:
    """Somebody on loopback, where nobody signs in."""
    house.yaml(auth=None, apps=APPS)
    told = machine.machine(house.snapshot, house.noted)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    known = parts(house.door, lambda: house.config, Providers(tmp_path, house.clock))
    return Caller(visit(known, Request(scope), FormData()), told, house.snapshot())


async def lines(*given: str) -> AsyncIterator[str]:
    for line in given:
        yield line


async def test_news_are_sent_once_and_whenever_they_change(caller: Caller) -> None:
    said = ["<p>\none</p>"]

    async def render() -> str:
        return said[-1]

    events = news(caller, render)
    assert await anext(events) == "data: <p>\ndata: one</p>\n\n"
    caller.machine.board.update(text="a")
    assert await anext(events) == QUIET
    said.append("two")
    caller.machine.board.update(text="b")
    assert await anext(events) == "data: two\n\n"
    await events.aclose()  # type: ignore[attr-defined]


async def test_what_cannot_be_asked_now_is_asked_again(caller: Caller) -> None:
    answers = iter(["one", AppHostAway("no app host"), RefusedError(404, "No such app", "Gone.")])

    async def render() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    events = news(caller, render)
    assert await anext(events) == event(["one"])
    for number, expected in enumerate((QUIET, OVER)):
        caller.machine.board.update(text=str(number))
        assert await anext(events) == expected


async def test_a_stream_ends_with_the_right_to_it(house: House, caller: Caller) -> None:
    house.yaml(domain="d.example.org", apps=APPS)

    async def render() -> str:
        return "secret"

    assert [one async for one in news(caller, render)] == [OVER]
    assert [one async for one in written(caller, lines("secret"))] == [OVER]


async def test_lines_come_as_they_are_written_without_what_steers(caller: Caller) -> None:
    sent = "".join([one async for one in written(caller, lines("a", "", "\x1b[0m\tb"))])
    data = [line for line in sent.splitlines() if line.startswith("data:")]
    assert data == ["data: a", "data: ", "data: ·[0m\tb"]


async def test_a_flood_of_lines_is_taken_as_fast_as_it_is_read(caller: Caller) -> None:
    events = written(caller, lines(*map(str, range(5000))))
    first = await anext(events)
    await events.aclose()  # type: ignore[attr-defined]
    assert first.count("data: ") <= 201


async def test_there_is_a_most_of_streams() -> None:
    streams = Streams()
    opened = []
    for _ in range(100):
        answer = streams.answer(lines("x", "y"))
        body = answer.body_iterator
        await anext(aiter(body))
        opened.append(body)
    with pytest.raises(BusyError):
        streams.answer(lines("x"))
    await opened[0].aclose()
    streams.answer(lines("x"))
    for body in opened:
        await body.aclose()
