"""What is known of certificates on the board: read, waited for, and told."""

import asyncio

import structlog

from appliance.certs.status import CertificateProblem
from appliance.config.schema import Config
from appliance.control.board import Board, Facts

_log = structlog.get_logger(__name__)
AFTER_TROUBLE = 5.0
"""Seconds until a disk that refused is asked again."""
Naming = tuple[Config, Config]
"""What is served, and what is to be."""


def naming_of(facts: Facts) -> Naming:
    return facts.config, facts.wanted


async def until_other_names(board: Board, known: Naming, seen: int, pause: float) -> None:
    """Until another configuration is in force, or the pause of so many seconds is over."""
    try:
        async with asyncio.timeout(pause):
            while known == naming_of(board.facts) and await board.newer(seen):
                seen = board.version
    except TimeoutError:
        return


def tell(board: Board, **changes: object) -> None:
    known = board.facts.certificates
    board.update(certificates=known.model_copy(update=changes))


def tell_of_disk(board: Board, error: OSError) -> None:
    """What refused is found by file in the log; people are told what to do."""
    _log.error("certificates.not_kept", file=error.filename, reason=error.strerror)
    problem = CertificateProblem(
        code="disk",
        message=f"Certificates cannot be stored: {error}",
        remedy="Make room on the disk, or give the appliance access to its data folder.",
    )
    others = tuple(p for p in board.facts.certificates.problems if p.code != "disk")
    tell(board, problems=(*others, problem))
