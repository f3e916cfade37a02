"""Streams between two requests."""

import asyncio

from appliance.relay.gateway.streams import Resting
from tests.unit.relay.gateway.wired import Stream, Streams, eventually


async def test_the_one_that_rested_shortest_comes_first() -> None:
    resting = Resting(100, asyncio.get_running_loop())
    upstream, first, second = Streams(), Stream(), Stream()
    resting.give(upstream, first)
    resting.give(upstream, second)
    assert resting.take(Streams(), 100) is None
    assert resting.take(upstream, 100) is second
    assert resting.take(upstream, 100) is first
    assert resting.take(upstream, 100) is None
    resting.close()


async def test_one_that_ended_is_passed_over() -> None:
    resting = Resting(100, asyncio.get_running_loop())
    upstream, first, second = Streams(), Stream(), Stream()
    resting.give(upstream, first)
    resting.give(upstream, second)
    second.ended = True
    assert resting.take(upstream, 100) is first
    resting.close()


async def test_they_are_closed_in_time() -> None:
    resting = Resting(0.02, asyncio.get_running_loop())
    upstream, stream = Streams(), Stream()
    resting.give(upstream, stream)
    await eventually(lambda: stream.ended)
    assert resting.take(upstream, 100) is None


async def test_closing_closes_all() -> None:
    resting = Resting(100, asyncio.get_running_loop())
    stream = Stream()
    resting.give(Streams(), stream)
    resting.close()
    assert stream.ended
