"""Follows the YAML: what is valid is in force, what is not is reported.

Other names than before are served once they have their certificates, see `appliance.certs.moving`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from appliance import disk
from appliance.certs import moving
from appliance.config.findings import ConfigError
from appliance.config.loading import Loaded, load, load_text
from appliance.config.naming import Naming, naming
from appliance.config.schema import Config
from appliance.config.watching import changes
from appliance.control.board import Board, Facts
from appliance.control.desired import specs
from appliance.control.status import ConfigStatus

_log = structlog.get_logger(__name__)


def first(file: Path, names: Path) -> Facts:
    """Before the YAML was read: nothing is served, to this machine only."""
    status = ConfigStatus(file=file.name, state="missing")
    return Facts(config=Config(), text="", config_status=status, lasting=_lasting(names))


def at_start(file: Path, last_good: Path) -> Config:
    """What `follow` will take up first, for what cannot wait for it."""
    try:
        return load(file).config
    except ConfigError:
        found = kept(last_good)
        return found.config if found else Config()


@dataclass(frozen=True)
class Sources:
    """What a configuration is made of, beside its text."""

    file: Path
    last_good: Path
    names: Path
    """Remembers the last names that had what they needed."""
    identity_key: str = ""
    """Public key of the assertions about visitors, for the apps."""


async def follow(board: Board, sources: Sources) -> None:
    """For ever. The first YAML may be broken: then the one kept from an earlier run is in force.

    Once `board.facts.read` is set, what the board says of the file is true.
    """
    async for found in changes(sources.file):
        if isinstance(found, Loaded):
            _take_up(board, found, sources)
        else:
            _refuse(board, found, sources)


async def move(board: Board, sources: Sources) -> None:
    """For ever: names that have waited for their certificates are served once these are there."""
    seen = -1
    while await board.newer(seen):
        seen, facts = board.version, board.facts
        if facts.coming is not None:
            board.update(**_served(board, facts.coming, sources))
        elif facts.desired is not None:
            _remember(board, sources.names)


def _take_up(board: Board, found: Loaded, sources: Sources) -> None:
    file, last_good = sources.file, sources.last_good
    _keep(last_good, found.text)
    known = board.facts.config_status
    again = found.text == board.facts.text and not board.facts.last_good
    applied_at = known.applied_at if again else datetime.now(UTC)
    board.update(
        **_served(board, found.config, sources),
        text=found.text,
        last_good=False,
        read=True,
        config_status=ConfigStatus(
            file=file.name, state="ok", findings=found.warnings, applied_at=applied_at
        ),
    )
    _log.info("config.applied", apps=len(found.config.apps), public=found.config.public)


def _refuse(board: Board, error: ConfigError, sources: Sources) -> None:
    file = sources.file
    missing = any(finding.code == "file-missing" for finding in error.findings)
    status = ConfigStatus(
        file=file.name,
        state="missing" if missing else "invalid",
        findings=error.findings,
        applied_at=board.facts.config_status.applied_at,
    )
    for finding in error.findings:
        _log.error("config.refused", finding=str(finding), code=finding.code)
    found = kept(sources.last_good) if board.facts.desired is None else None
    if found is None:
        board.update(config_status=status, read=True)
        return
    board.update(
        **_served(board, found.config, sources),
        text=found.text,
        last_good=True,
        read=True,
        config_status=status.model_copy(update={"applied_at": datetime.now(UTC)}),
    )
    _log.warning("config.last_good", apps=len(found.config.apps))


def _served(board: Board, wanted: Config, sources: Sources) -> dict[str, Any]:
    """The facts that follow from what the YAML wants and the certificates there are."""
    facts = board.facts
    certified = moving.vouched(facts.certificates)
    found = moving.served(wanted, facts.lasting, certified)
    domain, coming = found.config.domain, wanted.domain
    if found.awaited and found.awaited != facts.awaited:
        _log.info("names.waiting", served=domain, coming=coming, awaited=found.awaited)
    elif facts.awaited and not found.awaited:
        _log.info("names.moved", domain=coming)
    return {
        "config": found.config,
        "coming": wanted if found.awaited else None,
        "awaited": found.awaited,
        "desired": specs(found.config, sources.file.absolute().parent, sources.identity_key),
    }


def _remember(board: Board, file: Path) -> None:
    """Names that visitors can count on; a full disk costs the memory, not the appliance."""
    facts = board.facts
    found = naming(facts.config)
    certified = moving.vouched(facts.certificates)
    if found == facts.lasting or not moving.lasts(facts.config, certified):
        return
    board.update(lasting=found)
    try:
        if found is None:
            file.unlink(missing_ok=True)
        else:
            disk.write(file, found.model_dump_json())
    except OSError as error:
        _log.error("names.not_kept", file=str(file), reason=error.strerror)


def _lasting(file: Path) -> Naming | None:
    """What an earlier run remembered; damaged it is as good as none."""
    try:
        return Naming.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(last_good: Path, text: str) -> None:
    """A full disk costs the copy, not the appliance."""
    try:
        last_good.parent.mkdir(parents=True, exist_ok=True)
        disk.write(last_good, text)
    except OSError as error:
        _log.error("config.not_kept", file=str(last_good), reason=error.strerror)


def kept(last_good: Path) -> Loaded | None:
    """The YAML of an earlier run; None if there is none or this version refuses it."""
    try:
        return load_text(last_good.read_text(), last_good)
    except (OSError, UnicodeDecodeError, ConfigError):
        return None
