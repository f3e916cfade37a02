"""The front door follows the configuration."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appliance.auth.administering.declaring import declare
from appliance.auth.audit import Event
from appliance.auth.door import Door, Rules
from appliance.auth.forward.assertion import Identities
from appliance.auth.forward.forward import Forward
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.pages import Pages
from appliance.auth.forward.proof import Proofs
from appliance.auth.people.person import Declared
from appliance.auth.sessions.session import Lives
from appliance.auth.signing_in.throttle import Limits
from appliance.config.access import guards
from appliance.config.auth import Auth
from appliance.config.policies import policies
from appliance.config.schema import Config
from appliance.config.secrets import Secret, resolve
from appliance.control.board import Board

_log = structlog.get_logger(__name__)
_FILE = "appliance.yaml"
"""Who did it, for the audit, where it was done by whoever may write the file."""
_TIDY = 5.0
"""Seconds after which what is kept back is written at the latest."""


def database(config: Config, base_folder: Path) -> Secret | None:
    """The URL of the database; None: a file of our own. Raises `SecretError`."""
    kept = config.auth.database if config.auth else None
    return resolve(kept, base_folder) if kept else None


def forward(door: Door) -> Forward:
    """ForwardAuth, which lets nobody through before it was told about the apps."""
    proofs = Proofs(door.people, door.sessions, door.tokens)
    return Forward(proofs, Identities(door.keys.identity, door.clock), door.audit, door.stats)


def rules(config: Config) -> Rules:
    """What the YAML says about sessions, lockouts and the audit."""
    auth = config.auth or Auth()
    return Rules(
        Lives(auth.sessions.idle, auth.sessions.longest),
        Limits(auth.lockout.failures, auth.lockout.within, auth.lockout.lasts),
        _kept(config, auth),
    )


def _kept(config: Config, auth: Auth) -> timedelta | None:
    """Where nobody signs in nothing is forgotten: `auth` with its rule may come back tomorrow."""
    return None if auth.audit.keep == "none" or not guards(config) else auth.audit.keep


def declared(config: Config) -> dict[str, Declared]:
    """The people the YAML names."""
    users = config.auth.users if config.auth else {}
    return {
        name: Declared(
            password_hash=user.password_hash,
            full_name=user.full_name,
            email=user.email,
            groups=frozenset(user.groups),
            admin=user.admin,
            disabled=user.disabled,
        )
        for name, user in users.items()
    }


async def follow(
    board: Board, door: Door, forward: Forward, pages: Pages, former: Config | None
) -> None:
    """For ever. Guards come before the routes that need them: both read the same board.

    `pages`: of those whom the door does not let in; `former`: what was in force at the end of the
    last run, None if there was none.
    """
    seen = -1
    told: Config | None = None
    while await board.newer(seen):
        seen, config = board.version, board.facts.config
        if config == told:
            continue
        # In one moment, and whatever the database says: a rule is about whom the same file names.
        door.people.believe(declared(config))
        forward.guards = compiled(config, pages)
        try:
            await asyncio.to_thread(declare, door, declared(config), _FILE)
        except SQLAlchemyError as error:
            _log.error("people.not_declared", reason=str(error.__cause__ or error))
            await asyncio.sleep(_TIDY)
            seen = -1
            continue
        _note(door, former, config)
        told = former = config
        _look_for_admin(board, door)


def _note(door: Door, before: Config | None, after: Config) -> None:
    for one in policies(before, after) if before else ():
        door.audit.write(
            Event(one.kind, actor=_FILE, subject=one.person, app=one.app, detail=one.detail)
        )


async def tidy(board: Board, door: Door) -> None:
    """For ever; a database that refuses is tried again."""
    while True:
        await asyncio.sleep(_TIDY)
        _look_for_admin(board, door)
        try:
            await asyncio.to_thread(door.tidy)
        except SQLAlchemyError as error:
            _log.error("people.not_written", reason=str(error.__cause__ or error))


def _look_for_admin(board: Board, door: Door) -> None:
    board.update(no_admin=guards(board.facts.config) and not door.people.has_admin)
