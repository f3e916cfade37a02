"""Visits are collected every few seconds, and at once when somebody new is there who counts."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine

from appliance.config.schema import Config
from appliance.control.apphost import AppHost, AppHostAway
from appliance.control.board import Board
from appliance.control.relay import RelayAway, RelayClient
from appliance.visits.keeping import EVERY, AwayError, Counter, Visits
from appliance.visits.model import Ask, Kind, Reports
from appliance.visits.storage import Storage

_CALM = 0.2
_LAST = 3.0
"""Seconds that are taken at the end to hear what was counted since."""


def visits(
    engine: Engine, config: Callable[[], Config], host: AppHost, relay: RelayClient | None
) -> Visits:
    """All who count, and where it is kept."""

    def keep() -> timedelta | None:
        said = config().visits
        return None if said == "off" else said.keep

    counters: dict[Kind, Counter] = {"app": _heard(host.visits, AppHostAway)}
    if relay is not None:
        counters["share"] = _heard(relay.visits, RelayAway)
    return Visits(Storage(engine), counters, keep)


async def follow(board: Board, visits: Visits) -> None:
    """For ever. An instance is told how to count before the first visitor is sent to it."""
    while True:
        known = _reasons(board)
        visits.tally.keep(board.facts.config.apps)
        await visits.collect()
        await asyncio.sleep(_CALM)
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await board.until(partial(_changed, board, known))


async def last(visits: Visits) -> None:
    """What was counted since the last time, before this process ends."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST):
            await visits.collect()


def _heard(ask: Counter, away: type[Exception]) -> Counter:
    async def heard(question: Ask) -> Reports:
        try:
            return await ask(question)
        except away as error:
            raise AwayError(str(error)) from error

    return heard


def _changed(board: Board, known: object) -> bool:
    return _reasons(board) != known


def _reasons(board: Board) -> object:
    """What asks for a collection out of turn when it changes."""
    host = board.facts.host
    apps = host.apps if host is not None else ()
    instances = frozenset((one.id, one.state) for app in apps for one in app.instances)
    return instances, board.facts.config.visits, board.facts.relay_connection
