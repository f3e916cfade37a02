"""What visitors are served with, by the configuration in force and the clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from appliance.certs import keeping
from appliance.certs.keeping import Places
from appliance.certs.status import CertificatesStatus
from appliance.config.naming import naming
from appliance.config.schema import Config
from appliance.control.board import Board
from appliance.control.certificates.facts import (
    AFTER_TROUBLE,
    naming_of,
    tell_of_disk,
    until_other_names,
)
from appliance.control.certificates.obstacles import Obstacles

_log = structlog.get_logger(__name__)
_LOOK_AGAIN = 20.0
"""Seconds between looks at files of one's own, and at the clock."""
_LEAVING = timedelta(seconds=30)
"""So long names that were served before keep their certificates: the proxy reads of new names and
of certificates one after the other, in any order."""


class Serving:
    def __init__(self, board: Board, places: Places, obstacles: Obstacles) -> None:
        self._board = board
        self._places = places
        self._obstacles = obstacles
        self._served = board.facts.config
        self._leaving: tuple[Config, datetime] | None = None

    async def follow(self) -> None:
        """For ever."""
        while True:
            seen, known = self._board.version, naming_of(self._board.facts)
            pause = self._pause() if await self.serve() else AFTER_TROUBLE
            await until_other_names(self._board, known, seen, pause)

    async def serve(self) -> bool:
        """Whether it could be done; else the proxy goes on with what it has."""
        facts, now = self._board.facts, datetime.now(UTC)
        config, leaving = facts.config, self._left(facts.config, now)
        try:
            found = await asyncio.to_thread(
                keeping.keep, config, self._places, now, facts.coming, leaving
            )
        except OSError as error:
            tell_of_disk(self._board, error)
            return False
        known = self._board.facts.certificates
        _tell_of_root(found, known, now)
        self._board.update(
            certificates=found.model_copy(
                update={
                    "ordering": known.ordering,
                    "next_order": known.next_order if config.tls_mode == "certbot" else None,
                    "problems": (*found.problems, *self._obstacles.problems(self._board.facts)),
                }
            )
        )
        if found.names != known.names:
            names = {one.name: one.origin for one in found.names}
            _log.info("certificates.serving", mode=found.mode, names=names)
        return True

    def _pause(self) -> float:
        """Seconds until the disk, or a certificate about to end, deserves a look."""
        ends = [one.expires for one in self._board.facts.certificates.names if one.expires]
        now = datetime.now(UTC)
        until = ((end - keeping.MARGIN - now).total_seconds() for end in ends)
        return max(min([_LOOK_AGAIN, *until]), 0.2)

    def _left(self, config: Config, now: datetime) -> Config | None:
        """What was served until a moment ago, if it had other names."""
        if naming(config) != naming(self._served):
            self._leaving = self._served, now + _LEAVING
        self._served = config
        return self._leaving[0] if self._leaving and now < self._leaving[1] else None


def _tell_of_root(found: CertificatesStatus, known: CertificatesStatus, now: datetime) -> None:
    """Once, when it is made: people have work to do then."""
    made = found.root_made
    if made is None or found.root_fingerprint == known.root_fingerprint:
        return
    if made < now.replace(microsecond=0):
        return
    sha256 = found.root_fingerprint
    if found.root_replaced:
        advice = "Who has installed the former root must install this one: /-/certificate."
        _log.warning("certificates.root_replaced", sha256=sha256, advice=advice)
    else:
        _log.info("certificates.root_made", sha256=sha256)
