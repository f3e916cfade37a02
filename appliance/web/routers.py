"""The pages by what each needs to know, for whoever puts them together before `pages`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.types import ASGIApp

from appliance.auth.door import Door
from appliance.auth.forward.forward import Forward
from appliance.auth.forward.visibility import Visibility
from appliance.auth.providers.known import Providers
from appliance.auth.sessions.embedding import Grants
from appliance.auth.sessions.handover import HandOvers
from appliance.auth.visiting import current
from appliance.config.schema import Config
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


def account(door: Door, config: Callable[[], Config], base_folder: Path) -> tuple[APIRouter, ...]:
    """Signing in, and one's own account; `base_folder`: the YAML's, where secrets' paths start."""
    hand_overs = HandOvers(door.sessions, door.clock)
    return (
        account_pages(door, config, base_folder),
        entrance(door, config),
        handing_over(door, hand_overs, config),
    )


def embedding(
    door: Door, snapshot: Callable[[], Snapshot], visibility: Visibility
) -> tuple[APIRouter, ...]:
    """For apps inside other sites' pages."""
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
    """What runs and who shares, and the verbs for it."""
    return dashboard_pages(parts(door, config, Providers(base_folder, door.clock)), machine)


def programs(door: Door, forward: Forward, machine: Machine) -> Mapping[str, ASGIApp]:
    """The API, by where it is served."""
    return {API: api(machine, door, forward.limiter)}
