"""Tells the app host what should run and follows what becomes of it."""

import asyncio

import structlog

from appliance.apps.model import Desired, HostStatus
from appliance.control.apphost import AppHost, AppHostAway
from appliance.control.board import Board

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


async def follow(board: Board, host: AppHost) -> None:
    """For ever: an app host that goes away is found again and told everything once more."""
    await board.until(lambda: board.facts.desired is not None)
    pause = _FIRST_PAUSE
    while True:
        connection = board.facts.connection
        try:
            await _connected(board, host)
        except* AppHostAway as away:
            if board.facts.connection > connection:
                pause = _FIRST_PAUSE
            reason = "; ".join(map(str, away.exceptions))
            if board.facts.host_away is None:
                _log.warning("apphost.away", reason=reason)
            board.update(host_away=reason)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _connected(board: Board, host: AppHost) -> None:
    desired = board.facts.desired
    assert desired is not None
    status = await host.want(desired)
    _log.info("apphost.connected", apps=len(desired.apps), runtime=status.runtime)
    board.update(host=status, host_away=None, connection=board.facts.connection + 1)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_tell(board, host, desired))
        tasks.create_task(_listen(board, host))


async def _tell(board: Board, host: AppHost, told: Desired) -> None:
    seen = -1
    while await board.newer(seen):
        seen, desired = board.version, board.facts.desired
        if desired is not None and desired != told:
            _note(board, await host.want(desired))
            _log.info("apphost.told", apps=len(desired.apps))
            told = desired


async def _listen(board: Board, host: AppHost) -> None:
    while True:
        known = board.facts.host
        _note(board, await host.status(after=known.version if known else -1))


def _note(board: Board, status: HostStatus) -> None:
    """Two requests may be under way; the older answer must not win."""
    known = board.facts.host
    if known is None or status.version >= known.version:
        board.update(host=status)
