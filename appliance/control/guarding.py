"""The front door follows the configuration."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from appliance.auth.administering.api import administer
from appliance.auth.audit import Event
from appliance.auth.door import Door, Rules
from appliance.auth.forward.assertion import Identities
from appliance.auth.forward.forward import Forward
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.proof import Proofs
from appliance.auth.forward.visibility import Visibility
from appliance.auth.people.person import Declared
from appliance.auth.providers.known import Providers
from appliance.auth.sessions.embedding import Grants
from appliance.auth.sessions.handover import HandOvers
from appliance.auth.sessions.session import Lives
from appliance.auth.signing_in.throttle import Limits
from appliance.auth.visiting import current
from appliance.config.access import guards
from appliance.config.auth import Auth
from appliance.config.policies import policies
from appliance.config.schema import Config
from appliance.config.secrets import Secret, resolve
from appliance.control.board import Board
from appliance.control.status import Snapshot
from appliance.web.account.entrance import entrance
from appliance.web.account.handing_over import handing_over
from appliance.web.account.parts import parts
from appliance.web.account.routes import account_pages
from appliance.web.api.serving import API, api
from appliance.web.dashboard.machine import Machine
from appliance.web.dashboard.routes import dashboard_pages
from appliance.web.embedding.about import About
from appliance.web.embedding.code import code_page
from appliance.web.embedding.entering import entering
from appliance.web.embedding.granting import granting_pages
from appliance.web.embedding.tokens import with_token
from appliance.web.turned_away import TURNED_AWAY

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


def routers(door: Door, config: Callable[[], Config], base_folder: Path) -> tuple[APIRouter, ...]:
    """What is served before the pages; `base_folder` is the YAML's, where secrets' paths start."""
    hand_overs = HandOvers(door.sessions, door.clock)
    return (
        account_pages(door, config, base_folder),
        entrance(door, config),
        handing_over(door, hand_overs, config),
    )


def embedded(
    door: Door, snapshot: Callable[[], Snapshot], visibility: Visibility
) -> tuple[APIRouter, ...]:
    """What is served before the pages for apps inside other sites' pages."""
    grants = Grants(door.sessions, door.clock)

    def made(request: Request, name: str) -> str:
        session = current(door, request, snapshot().config)
        found = door.made.take(request.query_params.get("made", ""))
        if session is None or found is None:
            return ""
        return found.secret if (found.person, found.app) == (session.person, name) else ""

    return (
        code_page(About(snapshot, visibility), made),
        granting_pages(door, grants, snapshot, visibility),
        entering(door, grants, snapshot),
    )


def dashboard(
    door: Door, config: Callable[[], Config], base_folder: Path, machine: Machine
) -> APIRouter:
    """What is served before the pages too; it needs more than the door."""
    return dashboard_pages(parts(door, config, Providers(base_folder, door.clock)), machine)


def programs(door: Door, forward: Forward, machine: Machine) -> Mapping[str, ASGIApp]:
    """What is served before the pages too, by where: the API."""
    return {API: api(machine, door, forward.limiter)}


def administered(served: FastAPI, door: Door, config: Callable[[], Config]) -> FastAPI:
    """The control process's API, with what is said there about people."""
    administer(served, door, config, with_token)
    return served


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


async def follow(board: Board, door: Door, forward: Forward, former: Config | None) -> None:
    """For ever. Guards come before the routes that need them: both read the same board.

    `former`: what was in force at the end of the last run; None: there was none.
    """
    seen = -1
    told: Config | None = None
    while await board.newer(seen):
        seen, config = board.version, board.facts.config
        if config == told:
            continue
        forward.guards = compiled(config, TURNED_AWAY)
        try:
            await asyncio.to_thread(door.people.declare, declared(config))
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
