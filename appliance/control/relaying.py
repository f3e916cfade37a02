"""Tells the relay what the YAML says about shares and follows what becomes of it."""

import asyncio
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import structlog

from appliance.config.access import who_can_share
from appliance.config.addresses import scheme, share_domain, visitors_port
from appliance.config.kept import SecretRef
from appliance.config.schema import Config
from appliance.config.secrets import Secret, SecretError, resolve
from appliance.control.board import Board, Facts
from appliance.control.relay import RelayAway, RelayClient
from appliance.relay.model import CertificatePaths, Desired, RelayStatus, Wanted

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_CALM = 0.5
_STARTING = 10.0
"""Seconds a relay may take to start before anybody is troubled with it."""
_Basis = tuple[Config, tuple[str, ...]]
"""What a wish is made of: the configuration, and files with certificates."""


def desired(config: Config, tokens: Iterable[Secret], files: Iterable[str] = ()) -> Desired:
    """What a configuration asks of the relay; each of `files` holds a key and its chain."""
    share, domain = config.share, share_domain(config)
    if share is None or domain is None:
        return Desired(share=None)
    expires = share.expires
    return Desired(
        share=Wanted(
            domain=domain,
            scheme=scheme(config),
            port=visitors_port(config),
            expires=expires.total_seconds() if isinstance(expires, timedelta) else expires,
            who_can_share=who_can_share(config, share),
            plain=share.plain,
            workers=share.workers,
            max_shares=share.max_shares,
            per_key=share.limits.per_key,
            per_address=share.limits.per_address,
            requests=share.limits.requests,
            traffic=share.limits.traffic,
            traffic_per_owner=share.limits.traffic_per_owner,
            traffic_in_all=share.limits.traffic_in_all,
            requests_per_owner=share.limits.requests_per_owner,
            requests_in_all=share.limits.requests_in_all,
            connections_per_owner=share.limits.connections_per_owner,
            connections_in_all=share.limits.connections_in_all,
            tokens=tuple(token.reveal() for token in tokens),
        ),
        certificates=tuple(CertificatePaths(chain=file, key=file) for file in files),
    )


async def follow(board: Board, relay: RelayClient, base_folder: Path) -> None:
    """For ever: a relay that goes away is found again and told everything once more."""
    await board.until(lambda: board.facts.desired is not None)
    pause, lost = _FIRST_PAUSE, time.monotonic()
    while True:
        began = time.monotonic()
        try:
            await _connected(board, relay, base_folder)
        except* RelayAway as away:
            if time.monotonic() - began > _CALM:
                pause, lost = _FIRST_PAUSE, time.monotonic()
            _lost(board)
            reason = "; ".join(map(str, away.exceptions))
            if time.monotonic() - lost > _STARTING:
                if board.facts.relay_away is None and board.facts.config.share is not None:
                    _log.warning("relay.away", reason=reason)
                board.update(relay_away=reason)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _connected(board: Board, relay: RelayClient, base_folder: Path) -> None:
    basis = _basis(board.facts)
    told = await _wish(board, basis, base_folder)
    status = await relay.want(told)
    _log.info("relay.connected", shares=told.share is not None)
    found = board.facts.relay_connection + 1
    board.update(relay=status, relay_away=None, relay_connection=found)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_tell(board, relay, base_folder, basis, told))
        tasks.create_task(_listen(board, relay))


async def _tell(
    board: Board, relay: RelayClient, base_folder: Path, basis: _Basis, told: Desired
) -> None:
    """`told` is what the relay knows; it came of `basis`."""
    seen = -1
    while await board.newer(seen):
        seen = board.version
        if _basis(board.facts) == basis:
            continue
        basis = _basis(board.facts)
        wish = await _wish(board, basis, base_folder)
        if wish != told:
            _note(board, await relay.want(wish))
            _log.info("relay.told", shares=wish.share is not None)
            told = wish


async def _listen(board: Board, relay: RelayClient) -> None:
    while True:
        known = board.facts.relay
        _note(board, await relay.status(after=known.version if known else -1))
        # When all clients return at once, a few pictures of it are enough.
        await asyncio.sleep(_CALM)


def _basis(facts: Facts) -> _Basis:
    return facts.config, facts.certificates.files


async def _wish(board: Board, basis: _Basis, base_folder: Path) -> Desired:
    config, files = basis
    refs = config.share.tokens if config.share else ()
    tokens, troubles = await asyncio.to_thread(_secrets, refs, base_folder)
    board.update(share_secrets=troubles)
    return desired(config, tokens, files)


def _secrets(
    refs: tuple[SecretRef, ...], base_folder: Path
) -> tuple[tuple[Secret, ...], tuple[str, ...]]:
    found, troubles = [], []
    for index, ref in enumerate(refs):
        try:
            found.append(resolve(ref, base_folder))
        except SecretError as error:
            troubles.append(f"share.tokens[{index}]: {error.problem}")
    return tuple(found), tuple(troubles)


def _lost(board: Board) -> None:
    """What was known of it was true of a relay that answered; its clients will look for it."""
    if (known := board.facts.relay) is not None:
        clients = {"connected": 0, "away": known.connected + known.away}
        board.update(relay=known.model_copy(update={"listening": False, **clients}))


def _note(board: Board, status: RelayStatus) -> None:
    """Two requests may be under way; the older answer must not win."""
    known = board.facts.relay
    if known is None or status.version >= known.version:
        board.update(relay=status)
